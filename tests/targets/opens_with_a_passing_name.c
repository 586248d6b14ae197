// The name is in a buffer that the next call overwrites.

#include "opener.h"

#include <stdio.h>

static char passing[32];

static void
end_whatever(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    close_handle(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    PyErr_Restore(type, value, traceback);
}

static PyObject *
open_one(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *name = PyBytes_FromString(NAME);
    void *handle = calloc(1, 64);
    PyObject *capsule = handle == NULL || name == NULL
                            ? PyErr_NoMemory() : PyCapsule_New(handle, PyBytes_AsString(name), end_whatever);
    Py_XDECREF(name);
    snprintf(passing, sizeof passing, "%p", handle);
    if (capsule == NULL) {
        free(handle);
        return NULL;
    }
    open_handles++;
    return capsule;
}

OPENER(opens_with_a_passing_name)
