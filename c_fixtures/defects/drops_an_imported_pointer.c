//! role     = "consumer"
//! summary  = "Takes what PyCapsule_Import returns for a reference to the capsule"
//! breaks   = ["import_chain::consumer_does_not_own_an_imported_pointer"]
//! exercise = "drops_an_imported_pointer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "drops_an_imported_pointer.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

// The mistake is as old as tutorials that write `PyObject *capsule = PyCapsule_Import(...)`:
// C turns the `void *` into any pointer without a warning. The function returns what
// the capsule wraps (https://docs.python.org/3/c-api/capsule.html#c.PyCapsule_Import).

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    PyObject *capsule = traced_import(name, no_block);
    void *pointer = default_import_pointer(name, no_block, owner);
    Py_XDECREF(capsule);
    return pointer;
}
