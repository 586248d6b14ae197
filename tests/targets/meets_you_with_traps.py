"""Keeps capsules where a reader of dictionaries finds them, behind code that no reader may run."""

import ctypes
import sys
import types

api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
payload = ctypes.create_string_buffer(16)
lasting = []


def capsule(name):
    lasting.append(ctypes.create_string_buffer(name) if name is not None else None)
    return api.PyCapsule_New(ctypes.addressof(payload), name and ctypes.addressof(lasting[-1]), None)


def trap(*_, **__):
    raise SystemExit("code of the target was run")


class Meta(type):
    __getattribute__ = __eq__ = __hash__ = __call__ = __instancecheck__ = __subclasscheck__ = trap


class Guarded(metaclass=Meta):
    kept = capsule(b"guarded")
    also = {"in a dict": capsule(b"in a dict")}

    class Inner:
        __pyx_vtable__ = capsule(None)

        class Deepest:
            deep = capsule(b"deep")

            def __dlpack__(self):
                trap()

    @property
    def asked(self):
        trap()


class Replaced:
    __getattribute__ = trap


class Dictionary(dict):
    __getattribute__ = __iter__ = __len__ = __eq__ = __getitem__ = items = values = keys = trap


class Listing(list):
    __getattribute__ = __iter__ = __len__ = __eq__ = __getitem__ = trap


class Name(str):
    __eq__ = isidentifier = trap
    __hash__ = str.__hash__


class Module(types.ModuleType):
    __getattribute__ = trap
    __dict__ = property(trap)
    __class__ = property(trap)


class Hollow:
    __module__ = property(trap)


_C_API = capsule(b"meets_you_with_traps._C_API")
again = [_C_API]
__pyx_capi__ = {"f": capsule(b"int (int)"), "odd.key": capsule(b"int (int, int)"), 7: capsule(b"long (void)")}
dictionary = Dictionary()
dict.__setitem__(dictionary, "inside", capsule(b"inside"))
listing = Listing()
list.append(listing, capsule(b"listed"))
globals()[Name("strange")] = capsule(b"strange")
globals()["a.b['c']"] = capsule(b"odd")
globals()["lone\udc80"] = capsule(b"lone")
globals().update(("number_%d" % number, [number]) for number in range(10000))
sub_module = Module("meets_you_with_traps.sub")
types.ModuleType.__dict__["__dict__"].__get__(sub_module)["kept"] = capsule(b"meets_you_with_traps.sub.kept")
sys.modules["meets_you_with_traps.sub"] = sub_module
sys.modules["meets_you_with_traps.none"] = None
sys.modules["meets_you_with_traps.replaced"] = Replaced()
sys.modules["meets_you_with_traps.a_class"] = Guarded
sys.modules[Name("meets_you_with_traps.strange")] = sub_module


def interpreter_dictionary():
    for function in api.PyInterpreterState_Get, api.PyInterpreterState_GetDict:
        function.restype = ctypes.c_void_p
    api.PyInterpreterState_GetDict.argtypes = [ctypes.c_void_p]
    return ctypes.cast(api.PyInterpreterState_GetDict(api.PyInterpreterState_Get()), ctypes.py_object).value


interpreter_dictionary()["__pybind11_internals_v11_gcc__"] = capsule(None)


def __getattr__(name):
    trap()
