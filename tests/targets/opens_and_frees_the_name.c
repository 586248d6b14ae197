// Its destructor frees whatever name the capsule has by then.

#include "opener.h"

static void
end_with_the_name(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    char *name = (char *)PyCapsule_GetName(capsule);
    void *handle = PyCapsule_GetPointer(capsule, name);
    if (handle != NULL) {
        close_handle(handle);
    }
    free(name);
    PyErr_Restore(type, value, traceback);
}

static PyObject *
open_one(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    void *handle = calloc(1, 64);
    char *name = strdup(NAME);
    PyObject *capsule = handle == NULL || name == NULL
                            ? PyErr_NoMemory() : PyCapsule_New(handle, name, end_with_the_name);
    if (capsule == NULL) {
        free(handle);
        free(name);
        return NULL;
    }
    open_handles++;
    return capsule;
}

OPENER(opens_and_frees_the_name)
