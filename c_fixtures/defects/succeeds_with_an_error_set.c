//! role     = "consumer"
//! summary  = "Looks for something it can do without, and leaves the error that it is not there"
//! breaks   = ["import_chain::consumer_works_with_its_producer"]
//! exercise = "succeeds_with_an_error_set.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "succeeds_with_an_error_set.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    const FastMathTable *table = default_ready_table(state);
    if (table != NULL) {
        Py_XDECREF(PyObject_GetAttrString(state->owner, "extras"));
    }
    return table;
}
