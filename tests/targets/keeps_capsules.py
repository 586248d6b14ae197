"""A producer that keeps capsules in places of several kinds."""

import ctypes

new = ctypes.pythonapi.PyCapsule_New
new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

payload = ctypes.create_string_buffer(b"42 is the answer", 64)
names = []


def capsule(name):
    names.append(name)
    return new(ctypes.addressof(payload), name, None)


class Holder:
    api = capsule(b"keeps_capsules.Holder.api")


api = capsule(b"keeps_capsules.api")
table = {"api": capsule(b"keeps_capsules.table.api")}


def use():
    return len(str(api))


version = ctypes.c_int32(1)
names.append(b"keeps_capsules.versioned")
versioned = new(ctypes.addressof(version), names[-1], None)
