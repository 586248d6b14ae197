// The destructor of its capsule, which runs when the interpreter shuts down, reads through NULL.

#include "target.h"

static void
destroy(PyObject *Py_UNUSED(capsule))
{
    volatile int *nothing = NULL;
    *nothing = 1;
}

static int
execute(PyObject *module)
{
    return add_capsule(module, "_C_API", "crashes_at_exit._C_API", destroy);
}

TARGET(crashes_at_exit)
