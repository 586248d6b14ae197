// What the modules in this folder share: they stand for somebody's extension, so they know nothing of the suite.
// Each defines `execute`, which fills the module, and ends with TARGET(its name).

#ifndef TARGET_H
#define TARGET_H

#include <Python.h>

// A payload that is there as long as the process.
static int answer = 42;

// Puts a capsule into the module; returns 0, or -1 and an error.
static inline int
add_capsule(PyObject *module, const char *attribute, const char *name, PyCapsule_Destructor destructor)
{
    PyObject *capsule = PyCapsule_New(&answer, name, destructor);
    int status = capsule == NULL ? -1 : PyObject_SetAttrString(module, attribute, capsule);
    Py_XDECREF(capsule);
    return status;
}

#define TARGET(name)                                                                    \
    static PyModuleDef_Slot slots[] = {                                                 \
        {Py_mod_exec, (void *)(uintptr_t)execute},                                      \
        {0, NULL},                                                                      \
    };                                                                                  \
    static struct PyModuleDef definition = {                                            \
        PyModuleDef_HEAD_INIT, .m_name = #name, .m_slots = slots,                       \
    };                                                                                  \
    PyMODINIT_FUNC PyInit_##name(void)                                                  \
    {                                                                                   \
        return PyModuleDef_Init(&definition);                                           \
    }

#endif
