// Ends as if the kernel had run out of memory.

#include <signal.h>

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    raise(SIGKILL);
    return 0;
}

TARGET(is_killed_from_outside)
