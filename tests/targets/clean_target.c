// Does everything right: the twin of all the others.

#include "target.h"

static int
execute(PyObject *module)
{
    return add_capsule(module, "_C_API", "clean_target._C_API", NULL);
}

TARGET(clean_target)
