// Each capsule leaves an object behind.

#include "opener.h"

static void
end_and_keep(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *lost = PyBytes_FromStringAndSize(NULL, 100);
    (void)lost;
    PyErr_Restore(type, value, traceback);
    end_carefully(capsule);
}

OPENS_WITH(end_and_keep)
OPENER(opens_and_grows)
