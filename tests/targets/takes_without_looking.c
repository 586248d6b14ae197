// Imports a table while it is imported itself, and reads it without a look at what came of that.

#include "target.h"

static int
execute(PyObject *module)
{
    const int *volatile table = PyCapsule_Import("datetime.datetime_CAPI", 0);
    return PyModule_AddIntConstant(module, "first", *table);
}

TARGET(takes_without_looking)
