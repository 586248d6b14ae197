// Its destructor clears the error that is passing through.

#include "opener.h"

static void
end_and_clear(PyObject *capsule)
{
    end_carefully(capsule);
    PyErr_Clear();
}

OPENS_WITH(end_and_clear)
OPENER(opens_and_loses_the_error)
