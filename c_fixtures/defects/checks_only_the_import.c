//! role     = "consumer"
//! summary  = "Takes the capsule it has just imported for one whose pointer cannot be refused"
//! breaks   = ["import_chain::consumer_survives_a_failing_call"]
//! exercise = "checks_only_the_import.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "checks_only_the_import.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    *owner = NULL;
    if (traced_import(name, no_block) == NULL) {
        refuse(PyExc_AttributeError, name);
        return NULL;
    }
    PyObject *capsule = find_object(name);
    if (capsule == NULL) {
        refuse(PyExc_AttributeError, name);
        return NULL;
    }
    const FastMathTable *table = traced_get_pointer(capsule, name);
    // Broken on purpose: there is no version in NULL.
    if (table->version < 0) {
        PyErr_Format(PyExc_ImportError, "%s has a strange version", name);
        Py_DECREF(capsule);
        return NULL;
    }
    *owner = capsule;
    return (void *)table;
}
