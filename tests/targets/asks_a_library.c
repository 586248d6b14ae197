// Makes no call of its own: the library that it is linked with does.

#include "target.h"

void *take_for_others(void);

static int
execute(PyObject *Py_UNUSED(module))
{
    return take_for_others() == NULL ? -1 : 0;
}

TARGET(asks_a_library)
