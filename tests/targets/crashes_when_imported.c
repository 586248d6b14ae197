// Reads through NULL while it is imported.

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    volatile int *nothing = NULL;
    return *nothing;
}

TARGET(crashes_when_imported)
