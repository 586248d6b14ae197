// Writes 50 MB to standard output, as if it were the answer to something.

#include <string.h>
#include <unistd.h>

#include "target.h"

static int
execute(PyObject *module)
{
    static const char record[] = "{\"event\": \"left\", \"end\": \"returned\", \"id\": 1}\n";
    static char line[1 << 16];
    memset(line, ' ', sizeof line);
    for (size_t i = 0; i + sizeof record <= sizeof line; i += sizeof record) {
        memcpy(line + i, record, sizeof record - 1);
    }
    for (int i = 0; i < 800; i++) {
        if (write(STDOUT_FILENO, line, sizeof line) < 0) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
    }
    return add_capsule(module, "_C_API", "talks_a_lot._C_API", NULL);
}

TARGET(talks_a_lot)
