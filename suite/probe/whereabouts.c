// What holds an address, and what an interpreter keeps for its modules: facts for an
// inventory. Addresses go no further than the worker.

#define PY_SSIZE_T_CLEAN
#include "probe.h"

#include <dlfcn.h>

PyObject *
object_at(PyObject *Py_UNUSED(module), PyObject *address)
{
    Dl_info object;
    void *pointer = PyLong_AsVoidPtr(address);
    if (pointer == NULL && PyErr_Occurred()) {
        return NULL;
    }
    if (dladdr(pointer, &object) == 0 || object.dli_fname == NULL) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    return PyUnicode_DecodeFSDefault(object.dli_fname);
}

// Of a destructor the place in its file, which debug information knows.
PyObject *
destructor_at(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    Dl_info object;
    PyCapsule_Destructor destructor = PyCapsule_GetDestructor(capsule);
    void *code = (void *)(uintptr_t)destructor;
    if (code == NULL && PyErr_Occurred()) {
        return NULL;
    }
    if (code == NULL || dladdr(code, &object) == 0 || object.dli_fname == NULL) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    return Py_BuildValue("(NK)", PyUnicode_DecodeFSDefault(object.dli_fname),
                         (unsigned long long)((uintptr_t)code - (uintptr_t)object.dli_fbase));
}

PyObject *
interpreter_dict(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
#if PY_VERSION_HEX < 0x03090000
    PyInterpreterState *interpreter = _PyInterpreterState_Get();
#else
    PyInterpreterState *interpreter = PyInterpreterState_Get();
#endif
    PyObject *kept = PyInterpreterState_GetDict(interpreter);
    if (kept == NULL) {
        return PyDict_New();
    }
    Py_INCREF(kept);
    return kept;
}
