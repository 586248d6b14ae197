// Has nothing to do with capsules.

#include "target.h"

static int
execute(PyObject *module)
{
    return PyModule_AddIntConstant(module, "answer", answer);
}

TARGET(makes_no_capsule)
