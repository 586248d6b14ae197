"""A consumer that is right, and takes its capsule where it came from."""

import ctypes

import _keeps_capsules

get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def attribute():
    try:
        return int(ctypes.string_at(get_pointer(_keeps_capsules.api, b"keeps_capsules.api"), 2))
    except (AttributeError, ValueError) as error:
        raise ImportError("keeps_capsules has no capsule") from error
