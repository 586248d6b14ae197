// Waits for something that never comes, and holds the interpreter meanwhile.

#include <unistd.h>

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    while (pause() != 0) {
    }
    return 0;
}

TARGET(hangs_when_imported)
