"""A producer of a table whose version is what two of its functions return."""

import ctypes

new = ctypes.pythonapi.PyCapsule_New
new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def answer(number):
    return ctypes.CFUNCTYPE(ctypes.c_uint)(lambda: number)


functions = [answer(2)] + [answer(42)] * 210 + [answer(5)] + [answer(43)] * 88
table = (ctypes.c_void_p * 300)(*[ctypes.cast(it, ctypes.c_void_p) for it in functions])
_ARRAY_API = new(ctypes.addressof(table), None, None)
