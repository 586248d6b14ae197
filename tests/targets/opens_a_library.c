// Opens its library by name while it is imported: the dynamic linker looks where this object may look.

#include "target.h"

#include <dlfcn.h>

static int
execute(PyObject *Py_UNUSED(module))
{
    void *library = dlopen("libtakes_for_others.so", RTLD_NOW | RTLD_LOCAL);
    void *(*take)(void) = library == NULL ? NULL : (void *(*)(void))dlsym(library, "take_for_others");
    if (take == NULL) {
        PyErr_SetString(PyExc_ImportError, dlerror());
        return -1;
    }
    return take() == NULL ? -1 : 0;
}

TARGET(opens_a_library)
