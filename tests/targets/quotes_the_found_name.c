// Takes a capsule in two ways. One says in its message which name it found, as if there always were one.

#include "target.h"

static PyObject *
take(PyObject *Py_UNUSED(module), PyObject *object)
{
    return PyLong_FromVoidPtr(PyCapsule_GetPointer(object, "mydb.handle"));
}

static PyObject *
take_checked(PyObject *module, PyObject *object)
{
    return PyCapsule_IsValid(object, "mydb.handle")
        ? take(module, object)
        : PyErr_Format(PyExc_TypeError, "not a handle: %R", object);
}

static PyObject *
take_quoting(PyObject *module, PyObject *object)
{
    return PyCapsule_IsValid(object, "mydb.handle")
        ? take(module, object)
        : PyErr_Format(PyExc_TypeError, "not a handle: \"%s\"", PyCapsule_GetName(object));
}

static PyMethodDef methods[] = {
    {"take_checked", take_checked, METH_O, NULL},
    {"take_quoting", take_quoting, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int
execute(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}

TARGET(quotes_the_found_name)
