//! role     = "consumer"
//! summary  = "Fetches the attribute itself and passes the capsule the name that it bears"
//! breaks   = ["wrong_name::consumer_refuses_a_misnamed_attribute"]
//! exercise = "imports_by_hand.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "imports_by_hand.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    PyObject *capsule = find_object(name);
    if (capsule == NULL || !PyCapsule_CheckExact(capsule)) {
        PyErr_Clear();
        Py_XDECREF(capsule);
        return default_import_pointer(name, no_block, owner);
    }
    *owner = capsule;
    return traced_get_pointer(capsule, traced_get_name(capsule));
}
