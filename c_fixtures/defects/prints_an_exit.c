//! role     = "consumer"
//! summary  = "Prints why its module cannot be imported, and SystemExit ends whoever prints it"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "prints_an_exit.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "prints_an_exit.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    // What PyCapsule_Import raises does not say why.
    PyObject *module = PyImport_ImportModule("fast_math");
    if (module == NULL) {
        PyErr_Print();
        PyErr_SetString(PyExc_ImportError, WANTED " is needed");
        return NULL;
    }
    Py_DECREF(module);
    return default_import_pointer(name, no_block, owner);
}
