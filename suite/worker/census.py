"""Knows where a package keeps its capsules, by reading dictionaries: of modules, of classes, of the interpreter.

Nothing of the target runs here. Dictionaries, bases and names are read through the builtin types themselves, since a
subclass, a metaclass or an instance may answer for them with code of its own.
"""

import builtins
import os
import sys

from capsule_worker import paths, values

Module = type(sys)

_attributes = Module.__dict__["__dict__"].__get__
_members = type.__dict__["__dict__"].__get__
_home = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__


def loaded_modules():
    """The modules that are modules, by name: anything may stand in their place."""
    everything = list(dict.items(sys.modules))
    return {name: it for name, it in everything if type(name) is str and issubclass(type(it), Module)}


def attributes_of(module):
    return _attributes(module) or {}


def members_of(kind):
    # A type that nobody has made ready has no dictionary yet.
    return list((_members(kind) or {}).items())


def home_of(kind):
    """The module that a class says it is from, if it says so."""
    try:
        home = _home(kind)
    except Exception:
        return None
    return home if type(home) is str else None


class Census:
    """The capsules found, each with every place that leads to it, and the classes whose objects make more."""

    def __init__(self, probe, methods):
        self.probe = probe
        self.methods = frozenset(methods)
        self.capsule = type(probe.new(1, None))
        self.found = {}         # id -> (capsule, [(path, how)], [declared path])
        self.by_place = {}      # path -> the same
        self.protocols = []     # (path, [method])
        self.classes = {}       # id -> (class, [path])
        self.skipped = set()    # ids of the modules' own dictionaries
        self.before = [it for _, it in self.shared()]

    def shared(self):
        """What modules keep in the dictionary of the interpreter, or, before there was one, among the builtins."""
        for root, kept in (paths.INTERPRETER, paths.kept_by_the_interpreter()), ("builtins", attributes_of(builtins)):
            for key, value in list(dict.items(kept)):
                if type(value) is self.capsule and type(key) is str:
                    yield paths.inside(root, key), value

    def take(self, loaded, own, top):
        """Meets what modules of one package keep, then the other places of the same capsules."""
        self.skipped = {id(attributes_of(module)) for module in loaded.values()}
        for name in own:
            self.walk(name, attributes_of(loaded[name]), self.add, lambda path, kind: self.meet(path, kind, top))
        self.walk_classes(top)
        known = {id(capsule) for capsule in self.before}
        for path, capsule in self.shared():
            if id(capsule) not in known:
                self.add(capsule, path, "interpreter")
        if self.found:
            self.walk_others(loaded, set(loaded).difference(own))
        self.by_place = {path: entry for entry in self.found.values() for path, _ in entry[1]}

    def walk_others(self, loaded, names):
        """Other places of capsules that have been found, in modules of whomever."""
        self.skipped = {id(attributes_of(module)) for module in loaded.values()}
        for name in sorted(names):
            self.walk(name, attributes_of(loaded[name]), self.add_alias,
                      lambda path, kind: self.look_again(path, kind) if home_of(kind) == name else None)

    def look_again(self, path, kind):
        self.look_inside(path, members_of(kind), "class", self.add_alias)

    def walk(self, module, attributes, add, meet):
        for key, value in list(attributes.items()):
            if type(key) is str:
                self.look(module, key, value, "attribute", add, meet)

    def look(self, path, key, value, how, add, meet):
        """One entry of a module's or a class's dictionary; in dictionaries and sequences capsules alone count."""
        kind = type(value)
        if kind is self.capsule:
            add(value, paths.inside(path, key), how)
        elif issubclass(kind, dict):
            if id(value) not in self.skipped and self.any_capsule(list(dict.values(value))):
                self.look_inside(paths.inside(path, key), list(dict.items(value)), "dict", add)
        elif issubclass(kind, (list, tuple)):
            items = list((list if issubclass(kind, list) else tuple).__iter__(value))
            if self.any_capsule(items):
                self.look_inside(paths.inside(path, key), enumerate(items), "sequence", add)
        elif issubclass(kind, type):
            meet(paths.inside(path, key), value)

    def any_capsule(self, items):
        return any(type(it) is self.capsule for it in items)

    def look_inside(self, path, pairs, how, add):
        for key, value in pairs:
            if type(value) is self.capsule and type(key) in (str, int):
                add(value, paths.inside(path, key), how)

    def meet(self, path, kind, top):
        """A class of the package; one that was given no module of its own says `builtins`."""
        home = home_of(kind)
        if home is not None and home.partition(".")[0] in (top, "builtins"):
            self.classes.setdefault(id(kind), (kind, []))[1].append(path)

    def walk_classes(self, top):
        """Classes inside classes are met on the way, and each only once, however it is reached."""
        walked = set()
        while len(walked) < len(self.classes):
            for identity, (kind, places) in list(self.classes.items()):
                if identity not in walked:
                    walked.add(identity)
                    self.walk_class(self.best_place(kind, places), kind, top)

    def best_place(self, kind, places):
        said = "%s.%s" % (home_of(kind), _qualname(kind))
        return min(places, key=lambda path: (path != said, len(path), path))

    def walk_class(self, path, kind, top):
        methods, members = [], members_of(kind)
        for key, value in members:
            if type(key) is not str:
                continue
            if key in self.methods:
                methods.append(key)
            self.look(path, key, value, "class", self.add, lambda inner, it: self.meet(inner, it, top))
        # A class that only says how others look makes nothing.
        if methods and not any(type(key) is str and key == "_is_protocol" and it is True for key, it in members):
            self.protocols.append((path, sorted(methods)))

    def add(self, capsule, path, how):
        self.found.setdefault(id(capsule), (capsule, [], []))[1].append((path, how))

    def add_alias(self, capsule, path, how):
        if id(capsule) in self.found:
            self.add(capsule, path, how)

    def declare_found(self, path):
        """Whether a place that the manifest names is one that was found by reading."""
        entry = self.by_place.get(paths.spelled(path))
        if entry is not None:
            entry[2].append(path)
        return entry is not None

    def declare(self, capsule, path):
        """A capsule at a place that the manifest names."""
        if id(capsule) not in self.found:
            last = paths.split(path)[-1]
            how = "attribute" if type(last) is str else "dict" if type(last[0]) is str else "sequence"
            self.add(capsule, paths.spelled(path), how)
        self.found[id(capsule)][2].append(path)


class Memory:
    """What holds an address: a loaded object, by the base name of its file, or memory that nobody's file gave."""

    def __init__(self, probe):
        self.probe = probe
        self.ranges = None

    def holder(self, address):
        file = self.probe.object_at(address)
        if file is None:
            file = self.mapped(address)
        return values.text(os.path.basename(file))

    def mapped(self, address):
        if self.ranges is None:
            self.ranges = mapped_ranges()
        for start, end, what in self.ranges:
            if start <= address < end:
                return what
        return "unknown"


def mapped_ranges():
    """(start, end, what) of all memory that can be read; nothing where the system does not say."""
    ranges = []
    try:
        with open("/proc/self/maps", errors="surrogateescape") as lines:
            for line in lines:
                place, rights, _, _, _, *file = line.rstrip("\n").split(None, 5)
                start, _, end = place.partition("-")
                what = file[0] if file else "heap"
                if what.startswith("["):
                    what = "stack" if what.startswith("[stack") else "heap"
                if rights.startswith("r"):
                    ranges.append((int(start, 16), int(end, 16), what))
    except OSError:
        pass
    return ranges
