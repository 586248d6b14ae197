// Cannot be imported, and says so.

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    PyErr_SetString(PyExc_RuntimeError, "no license for this machine");
    return -1;
}

TARGET(raises_when_imported)
