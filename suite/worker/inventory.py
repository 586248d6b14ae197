"""Knows how to say what a target makes: imports it, takes the census, calls the factories of its manifest.

A job {"op": "inventory", "module": m, "methods": [name, …], "declared": [path, …], "factories": [text, …], "named":
[module, …], "consumed": [path, …], "expressions": [text, …]} imports the target and records {"event": "target"}, one
{"event": "capsule"} per capsule object, one {"event": "protocol"} per class that has one of the methods, one {"event":
"unreachable"} per declared path or factory that leads to no capsule, one {"event": "not_python"} per expression that cannot
be compiled, {"event": "consumed"} per consumed path that leads to a capsule, with its other places outside the target's
package, and {"event": "imported"} with the modules that came when the factories were called. Only declared and consumed
paths are looked up, and factories called once everything else is known; elsewhere only dictionaries are read.
"""

import sys

from capsule_worker import job, paths, supervise, values
from capsule_worker.census import Census, Memory, attributes_of, loaded_modules
from capsule_worker.records import Unrecorded, write
from capsule_worker.world import step_eval

# What factories made; the process leaves without ending it.
kept = []


def take(world, task):
    module = task["module"]
    for text in task.get("expressions", ()):
        check(text)
    job.preload_in_job(world, task)
    with Unrecorded(world.probe):
        census = Census(world.probe, task.get("methods", ()))
    if world.exit_code is None:
        world.perform({"do": "import", "as": "import", "args": {"module": module}})
    if module not in sys.modules or world.exit_code is not None:
        return
    loaded = loaded_modules()
    top = module.partition(".")[0]
    own = sorted(name for name in loaded if name == top or name.startswith(top + "."))
    write({"event": "target", "module": module, "version": version(loaded, module, top),
           "file": text_or_none(attributes_of(loaded[module]).get("__file__")) if module in loaded else None,
           "modules": [values.text(name) for name in own]})
    with Unrecorded(world.probe):
        census.take(loaded, own, top)
        for path in task.get("declared", ()):
            look_up(census, path)
        report(census)
        before, threads = set(sys.modules), supervise.count_threads()
        for expression in task.get("factories", ()):
            make(world, census, expression, task.get("named", ()))
        # A host with threads cannot be forked, so what brings any is left to each job.
        if supervise.count_threads() == threads:
            write({"event": "imported", "modules": roots(set(sys.modules) - before)})
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
        said = text_or_none(attributes_of(loaded[name]).get("__version__")) if name in loaded else None
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
    census = Census(probe, ())
    if type(capsule) is not census.capsule:
        return
    census.declare(capsule, path)
    loaded = loaded_modules()
    census.walk_others(loaded, [name for name in loaded if name.partition(".")[0] not in (top, "__main__")])
    places = [place for place, _ in census.found[id(capsule)][1]]
    aliases = [values.text(it) for it in dict.fromkeys(places) if it != places[0]]
    write({"event": "consumed", "path": path, "aliases": aliases})


def look_up(census, path):
    """A place that the manifest names may be one that only running code leads to."""
    try:
        if census.declare_found(path):
            return
        value = paths.fetch(path)
        reason = "it leads to an object of type %s" % values.class_name(type(value))
    except BaseException as error:
        value, reason = None, "%s: %s" % (type(error).__name__, values.message(error))
    if type(value) is census.capsule:
        census.declare(value, path)
    else:
        write({"event": "unreachable", "path": path, "message": reason})


def make(world, census, expression, named):
    """What a factory makes, told like a capsule whose place is the expression. It stays alive: a destructor that ends
    the process is for a case to find."""
    try:
        made = step_eval(world, expression, modules=named)
        reason = "it makes an object of type %s" % values.class_name(type(made))
    except BaseException as error:
        made, reason = None, "%s: %s" % (type(error).__name__, values.message(error))
    if type(made) is census.capsule:
        describe(census.probe, Memory(census.probe), made, [(expression, "factory")], [expression])
        kept.append(made)
    else:
        write({"event": "unreachable", "path": expression, "message": reason})


def roots(new):
    """The modules that came, in order; a package stands for what lies in it."""
    return [name for name in list(sys.modules)
            if name in new and type(name) is str and name.rpartition(".")[0] not in new]


def report(census):
    memory = Memory(census.probe)
    for found in census.found.values():
        describe(census.probe, memory, *found)
    for path, methods in census.protocols:
        write({"event": "protocol", "path": values.text(path), "methods": methods})


def describe(probe, memory, capsule, places, declared):
    name, at = probe.get_name(capsule), probe.get_name_address(capsule)
    ends = probe.destructor_at(capsule)
    write({
        "event": "capsule",
        "places": [{"path": values.text(path), "how": how} for path, how in places],
        "declared": declared,
        "name": None if name is None else name.hex(),
        "destructor": probe.get_destructor(capsule) != "none",
        "ends": None if ends is None else {"file": values.text(ends[0]), "at": ends[1]},
        "context": probe.get_context(capsule) != 0,
        "name_in": None if name is None else memory.holder(at),
        "payload_in": memory.holder(probe.get_pointer(capsule, at or None)),
    })
