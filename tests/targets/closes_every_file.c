// Closes every descriptor that it did not open, as daemons do.

#include <unistd.h>

#include "target.h"

static int
execute(PyObject *module)
{
    for (int descriptor = 0; descriptor < 1024; descriptor++) {
        close(descriptor);
    }
    return add_capsule(module, "_C_API", "closes_every_file._C_API", NULL);
}

TARGET(closes_every_file)
