// Its destructor calls into its own module, which is gone when the interpreter shuts down.

#include "opener.h"

static void
end_through_the_module(PyObject *capsule)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "opens_and_crashes_at_exit");
    PyObject *here = PyModule_GetDict(module);
    (void)here;
    end_carefully(capsule);
    if (module == NULL || PyDict_GetItemString(here, "open") == NULL) {
        abort();
    }
}

OPENS_WITH(end_through_the_module)
OPENER(opens_and_crashes_at_exit)
