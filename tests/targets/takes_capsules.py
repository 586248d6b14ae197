"""A consumer that is right, with functions that are not."""

import ctypes

get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
get_name = ctypes.pythonapi.PyCapsule_GetName
get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]


def read(pointer):
    return int(ctypes.string_at(pointer, 2))


def keep(name, look_up):
    """Imports as PyCapsule_Import does, whatever the place."""
    import importlib

    try:
        module = importlib.import_module("keeps_capsules")
        return read(get_pointer(look_up(module), name))
    except (AttributeError, KeyError, ValueError) as error:
        raise ImportError("keeps_capsules has no %s" % name.decode()) from error


def attribute():
    return keep(b"keeps_capsules.api", lambda module: module.api)


def item():
    return keep(b"keeps_capsules.table.api", lambda module: module.table["api"])


def of_class():
    return keep(b"keeps_capsules.Holder.api", lambda module: module.Holder.api)


def whatever_its_name():
    import keeps_capsules

    api = keeps_capsules.api
    return read(get_pointer(api, get_name(api)))


def whatever_its_key():
    import keeps_capsules

    api = keeps_capsules.table["api"]
    return read(get_pointer(api, get_name(api)))


def whatever_the_class():
    import keeps_capsules

    api = keeps_capsules.Holder.api
    return read(get_pointer(api, get_name(api)))


class errors:
    """Where users find it; its own name for itself is another."""

    class Missing(Exception):
        __qualname__ = "_impl.Missing"


def attribute_or_own_error():
    try:
        return attribute()
    except ImportError as error:
        raise errors.Missing("keeps_capsules") from error


def swallow():
    """The caller never hears that there was nothing to take."""
    try:
        attribute()
    except ImportError:
        pass


failed = False


def remembers_a_failure():
    global failed
    if failed:
        raise ImportError("takes_capsules cannot ask keeps_capsules again")
    try:
        return attribute()
    except ImportError:
        failed = True
        raise


class Panic(BaseException):
    pass


def panics_at_a_later_version():
    import keeps_capsules

    pointer = get_pointer(keeps_capsules.versioned, b"keeps_capsules.versioned")
    if ctypes.c_int32.from_address(pointer).value > 1:
        raise Panic("what is this?")
    return 1


def flips():
    """Fails in another way every other time, and has to remember it outside of its process."""
    import os

    try:
        return attribute()
    except ImportError:
        mark = os.path.join(os.path.dirname(__file__), "flipped")
        if os.path.exists(mark):
            os.remove(mark)
            raise SystemError("again") from None
        open(mark, "w").close()
        raise


def takes_later_versions():
    import keeps_capsules

    pointer = get_pointer(keeps_capsules.versioned, b"keeps_capsules.versioned")
    if ctypes.c_int32.from_address(pointer).value < 1:
        raise ImportError("keeps_capsules is too old: version 1 is needed")
    return 1


def take_by_any_name(capsule):
    return read(get_pointer(capsule, get_name(capsule)))


def take(capsule):
    return read(get_pointer(capsule, b"mydb.handle"))


def take_over_without_a_trace(capsule):
    return Taken(capsule)


class Taken:
    def __init__(self, capsule):
        self.capsule = capsule
        self.pointer = get_pointer(capsule, b"mydb.handle")

    def read(self):
        return read(self.pointer)
