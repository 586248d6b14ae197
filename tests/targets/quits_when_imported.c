// Raises an exception that no `except Exception` stops.

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    PyErr_SetObject(PyExc_SystemExit, Py_None);
    return -1;
}

TARGET(quits_when_imported)
