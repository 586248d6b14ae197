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

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    // What PyCapsule_Import raises does not say why.
    PyObject *module = PyImport_ImportModule("fast_math");
    if (module == NULL) {
        PyErr_Print();
        PyErr_SetString(PyExc_ImportError, WANTED " is needed");
        return NULL;
    }
    Py_DECREF(module);
    return default_ready_table(state);
}
