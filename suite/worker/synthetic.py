"""Knows how to put modules and attributes into the world that are not there: one finder ahead of all others."""

import builtins
import sys
from importlib.machinery import ModuleSpec


def throw(name, where):
    """Raises the builtin exception of that name."""
    kind = getattr(builtins, name)
    if issubclass(kind, SyntaxError):
        compile("(", where, "exec")
    if issubclass(kind, ModuleNotFoundError):
        raise kind("No module named %r" % where, name=where)
    raise kind() if issubclass(kind, KeyboardInterrupt) else kind("%s raised by the suite" % where)


class Definition:
    """A synthetic module: what happens when it is executed."""

    def __init__(self, raises, package, actions):
        self.raises = raises
        self.package = package
        self.actions = actions

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        for action in self.actions:
            action()
        if self.raises:
            throw(self.raises, module.__name__)


class Watched:
    """A real loader with something to do right after it has executed its module."""

    def __init__(self, spec, actions):
        self.real = spec.loader
        self.spec = spec
        self.actions = actions

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        # The module must not see that it was watched.
        self.spec.loader = self.real
        module.__loader__ = self.real
        self.real.exec_module(module)
        for action in self.actions:
            action()


class Finder:
    def __init__(self):
        self.absent = set()
        self.defined = {}
        self.watched = {}

    def find_spec(self, name, path=None, target=None):
        if name in self.absent:
            throw("ModuleNotFoundError", name)
        if name in self.defined:
            definition = self.defined[name]
            return ModuleSpec(name, definition, is_package=definition.package)
        if not self.watched.get(name):
            return None
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None)
            spec = find_spec(name, path, target) if find_spec and finder is not self else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = Watched(spec, self.watched[name])
                return spec
        return None


finder = Finder()


def install():
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)


def define(name, raises=None, package=False, actions=()):
    """From now on the module is this one; what had been loaded under its name stays loaded."""
    install()
    finder.defined[name] = Definition(raises, package, list(actions))


def exists(module):
    return module in sys.modules or module in finder.defined


def when_loaded(module, action):
    """Does it now if that module is loaded, else whenever it has been executed."""
    if module in sys.modules:
        action()
    elif module in finder.defined:
        finder.defined[module].actions.append(action)
    else:
        install()
        finder.watched.setdefault(module, []).append(action)


class OnLookUp:
    """Unlike a property also for who looks at the class itself."""

    def __init__(self, look_up):
        self.look_up = look_up

    def __get__(self, instance, owner):
        return self.look_up()


def set_attribute(holder, name, by_getattr=False, **content):
    """Sets an attribute, or makes looking it up raise; returns how to undo that."""
    def look_up(*_):
        if "raises" in content:
            throw(content["raises"], name)
        return content["value"]

    if by_getattr:
        before = vars(holder).get("__getattr__")

        def module_getattr(wanted):
            if wanted == name:
                return look_up()
            if before is not None:
                return before(wanted)
            raise AttributeError("module %r has no attribute %r" % (holder.__name__, wanted))

        return replace(holder, "__getattr__", module_getattr)
    if "value" in content:
        return replace(holder, name, content["value"])
    if isinstance(holder, type):
        return replace(holder, name, OnLookUp(look_up))
    kind = type(holder)
    holder.__class__ = type(kind.__name__, (kind,), {name: property(look_up)})
    return lambda: setattr(holder, "__class__", kind)


ABSENT = object()


def replace(holder, part, value=ABSENT):
    """Puts a value in the place of an attribute, key or index, or nothing at all; returns how to undo that."""
    key = part[0] if type(part) is tuple else part
    by_key = type(part) is tuple or type(holder) is dict

    def get():
        if not by_key:
            # Through the dictionary: looking it up may run code.
            return vars(holder).get(key, ABSENT)
        return holder.get(key, ABSENT) if type(holder) is dict else holder[key]

    def put(new):
        if new is not ABSENT:
            holder.__setitem__(key, new) if by_key else setattr(holder, key, new)
        elif get() is not ABSENT:
            holder.__delitem__(key) if by_key else delattr(holder, key)

    before = get()
    put(value)
    return lambda: put(before)
