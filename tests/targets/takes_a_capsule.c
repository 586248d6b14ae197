// Imports a table while it is imported itself, and takes it again when asked to: by a call in tail position, and by a
// name that is not the capsule's.

#include "target.h"

static void *
take(PyObject *capsule, const char *name)
{
    return PyCapsule_GetPointer(capsule, name);
}

static PyObject *
look(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    return PyLong_FromLong(take(capsule, "datetime.datetime_CAPI") != NULL);
}

static PyObject *
misread(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    void *pointer = take(capsule, "nobody.knows");
    PyErr_Clear();
    return PyLong_FromLong(pointer != NULL);
}

static PyMethodDef methods[] = {
    {"read", look, METH_O, NULL},
    {"misread", misread, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int
execute(PyObject *module)
{
    return PyCapsule_Import("datetime.datetime_CAPI", 0) == NULL ? -1 : PyModule_AddFunctions(module, methods);
}

TARGET(takes_a_capsule)
