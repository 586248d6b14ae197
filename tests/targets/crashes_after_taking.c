// Imports a table, and dies before its own import is over.

#include "target.h"

#include <signal.h>

static int
execute(PyObject *Py_UNUSED(module))
{
    if (PyCapsule_Import("datetime.datetime_CAPI", 0) != NULL) {
        raise(SIGSEGV);
    }
    return 0;
}

TARGET(crashes_after_taking)
