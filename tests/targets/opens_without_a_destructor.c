// A capsule that nobody ends: what a destructor does is no question.

#include "opener.h"

static void
end_never(PyObject *capsule)
{
    end_carefully(capsule);
}

static PyObject *
open_one(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    static char handle;
    (void)end_never;
    return PyCapsule_New(&handle, NAME, NULL);
}

OPENER(opens_without_a_destructor)
