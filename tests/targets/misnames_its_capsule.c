// The name of its capsule is not the path at which it is found.

#include "target.h"

static int
execute(PyObject *module)
{
    return add_capsule(module, "_C_API", "mispelt._C_API", NULL);
}

TARGET(misnames_its_capsule)
