// A module of a package that does not import it, as `outer.inner`: its capsule's name is right, and leads nowhere until
// somebody else has imported the module.

#include "target.h"

static int
execute(PyObject *module)
{
    return add_capsule(module, "_C_API", "outer.inner._C_API", NULL);
}

TARGET(inner)
