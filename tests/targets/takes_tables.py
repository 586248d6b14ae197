"""Consumers of tables that carry their version by an agreement of their own."""

import ctypes

get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def pointer_of(module, attribute, name):
    try:
        return get_pointer(getattr(__import__(module), attribute), name)
    except (AttributeError, ValueError) as error:
        raise ImportError("%s.%s cannot be used" % (module, attribute)) from error


def call(pointer, offset, *arguments):
    function = ctypes.c_void_p.from_address(pointer + offset).value
    return ctypes.CFUNCTYPE(ctypes.c_uint, *[ctypes.c_uint] * len(arguments))(function)(*arguments)


def array():
    pointer = pointer_of("keeps_tables", "_ARRAY_API", None)
    if call(pointer, 0) > 2 or call(pointer, 1688) < 5:
        raise ImportError("keeps_tables has another version")
    return call(pointer, 800)


def array_without_a_look():
    return call(pointer_of("keeps_tables", "_ARRAY_API", None), 800)


def array_without_its_abi():
    pointer = pointer_of("keeps_tables", "_ARRAY_API", None)
    if call(pointer, 1688) < 5:
        raise ImportError("keeps_tables is too old")
    return call(pointer, 800)


def expat():
    pointer = pointer_of("pyexpat", "expat_CAPI", b"pyexpat.expat_CAPI")
    size, *version = (ctypes.c_int * 4).from_address(pointer + 8)
    if size < 168 or tuple(version) != __import__("pyexpat").version_info:
        raise ImportError("pyexpat has another version")
    return call(pointer, 24, 1) != 0


def expat_of_any_size():
    pointer = pointer_of("pyexpat", "expat_CAPI", b"pyexpat.expat_CAPI")
    if tuple((ctypes.c_int * 3).from_address(pointer + 12)) != __import__("pyexpat").version_info:
        raise ImportError("pyexpat has another version")
    return call(pointer, 24, 1) != 0


def expat_of_any_version():
    pointer = pointer_of("pyexpat", "expat_CAPI", b"pyexpat.expat_CAPI")
    if ctypes.c_int.from_address(pointer + 8).value < 168:
        raise ImportError("pyexpat has another version")
    return call(pointer, 24, 1) != 0


def expat_copied_first():
    copy = ctypes.string_at(pointer_of("pyexpat", "expat_CAPI", b"pyexpat.expat_CAPI"), 168)
    size, *version = (ctypes.c_int * 4).from_buffer_copy(copy, 8)
    if size < 168 or tuple(version) != __import__("pyexpat").version_info:
        raise ImportError("pyexpat has another version")
    return 0
