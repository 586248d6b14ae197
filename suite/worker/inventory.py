"""Knows where a package keeps its capsules: attributes, classes, dictionaries and sequences, one level deep.

A job {"op": "inventory", "module": m, "declared": [path, …], "factories": [text, …], "named": [module, …],
"consumed": [path, …], "expressions": [text, …]} imports the target and records {"event": "target"}, one {"event": "capsule"} per capsule
object, one {"event": "unreachable"} per declared path or factory that leads to none, and one {"event": "not_python"} per
expression that cannot be compiled, and {"event": "consumed"} per consumed path that leads to a capsule, with its other
places outside the target's package. Only declared paths are looked up, and factories called once everything else is known;
elsewhere properties and module `__getattr__` never run, only dictionaries are read.
"""

import sys

from capsule_worker import job, paths, values
from capsule_worker.records import Unrecorded, write
from capsule_worker.world import step_eval

_dict = type.__dict__["__dict__"].__get__
_module = type.__dict__["__module__"].__get__


def take(world, task):
    module = task["module"]
    for text in task.get("expressions", ()):
        check(text)
    job.preload_in_job(world, task)
    if world.exit_code is None:
        world.perform({"do": "import", "as": "import", "args": {"module": module}})
    if module not in sys.modules or world.exit_code is not None:
        return
    top = module.partition(".")[0]
    loaded = {name: it for name, it in list(sys.modules.items()) if isinstance(it, type(sys))}
    own = sorted(name for name in loaded if name == top or name.startswith(top + "."))
    write({"event": "target", "module": module, "version": version(loaded, module, top),
           "file": text_or_none(vars(loaded[module]).get("__file__")) if module in loaded else None, "modules": own})
    with Unrecorded(world.probe):
        census = Census(world.probe)
        census.record(loaded, own, task.get("declared", ()))
        for expression in task.get("factories", ()):
            census.make(world, expression, task.get("named", ()))
        for path in task.get("consumed", ()):
            look_around(world.probe, path, top)


def check(text):
    try:
        compile(text, "<manifest>", "eval")
    except (SyntaxError, ValueError) as error:
        write({"event": "not_python", "expression": text, "message": values.message(error)})


def text_or_none(value):
    return values.text(value) if type(value) is str else None


def version(loaded, module, top):
    """What the module says itself, else what its distribution of the same name does."""
    for name in (module, top):
        said = text_or_none(vars(loaded[name]).get("__version__")) if name in loaded else None
        if said:
            return said
    try:
        from importlib.metadata import version as installed

        return installed(top)
    except Exception:
        return None


def look_around(probe, path, top):
    """The other places of a capsule that the target takes; its own package is what is tested, not where it takes it from."""
    try:
        capsule = paths.fetch(path)
    except Exception:
        return
    census = Census(probe)
    if type(capsule) is not census.capsule:
        return
    place = plain_path(path)
    census.add(capsule, place, "attribute")
    for name, module in sorted(sys.modules.items()):
        if isinstance(module, type(sys)) and name.partition(".")[0] not in (top, "__main__"):
            census.walk(name, vars(module), census.add_alias)
    aliases = [values.text(it) for it in dict.fromkeys(census.found[id(capsule)][2]) if it != place]
    write({"event": "consumed", "path": path, "aliases": aliases})


def plain_path(path):
    return path.replace("['", ".").replace("']", "")


class Census:
    """The capsules found, each with every path that leads to it."""

    def __init__(self, probe):
        self.probe = probe
        self.capsule = type(probe.new(1, None))
        self.found = {}     # id -> (capsule, how, paths, declared paths)

    def record(self, loaded, own, declared):
        for name in own:
            self.walk(name, vars(loaded[name]), self.add)
        for name in sorted(set(loaded).difference(own)):
            self.walk(name, vars(loaded[name]), self.add_alias)
        for path in declared:
            self.look_up(path)
        for found in self.found.values():
            self.describe(*found)

    def look_up(self, path):
        """A place that the manifest names may be one that only running code leads to."""
        try:
            value = paths.fetch(path)
            reason = "it leads to an object of type %s" % type(value).__name__
        except Exception as error:
            value, reason = None, "%s: %s" % (type(error).__name__, values.message(error))
        if type(value) is not self.capsule:
            write({"event": "unreachable", "path": path, "message": reason})
            return
        if id(value) not in self.found:
            self.add(value, plain_path(path), "attribute")
        self.found[id(value)][3].append(path)

    def make(self, world, expression, named):
        """What a factory makes, told like a capsule whose place is the expression; it is given up at once."""
        try:
            made = step_eval(world, expression, modules=named)
            reason = "it makes an object of type %s" % type(made).__name__
        except Exception as error:
            made, reason = None, "%s: %s" % (type(error).__name__, values.message(error))
        if type(made) is self.capsule:
            self.describe(made, "factory", [expression], [expression])
        else:
            write({"event": "unreachable", "path": expression, "message": reason})

    def walk(self, module, attributes, add):
        for name, value in list(attributes.items()):
            path = "%s.%s" % (module, name)
            kind = type(value)
            if kind is self.capsule:
                add(value, path, "attribute")
            elif kind is dict and value is not attributes:
                self.walk_pairs(((("%s.%s" % (path, key)), it) for key, it in list(value.items()) if type(key) is str),
                                "dict", add)
            elif kind is list or kind is tuple:
                self.walk_pairs((("%s[%d]" % (path, index), it) for index, it in enumerate(value)), "sequence", add)
            elif isinstance(value, type) and _module(value) == module:
                # A type that nobody has made ready has no dictionary yet.
                own = _dict(value) or {}
                self.walk_pairs((("%s.%s" % (path, key), it) for key, it in list(own.items())), "class", add)

    def walk_pairs(self, pairs, how, add):
        for path, value in pairs:
            if type(value) is self.capsule:
                add(value, path, how)

    def add(self, capsule, path, how):
        self.found.setdefault(id(capsule), (capsule, how, [], []))[2].append(path)

    def add_alias(self, capsule, path, how):
        if id(capsule) in self.found:
            self.add(capsule, path, how)

    def describe(self, capsule, how, places, declared):
        name = self.probe.get_name(capsule)
        write({
            "event": "capsule",
            "paths": [values.text(path) for path in places],
            "declared": declared,
            "name": None if name is None else name.hex(),
            "how": how,
            "destructor": self.probe.get_destructor(capsule) != "none",
            "context": self.probe.get_context(capsule) != 0,
        })
