//! role     = "consumer"
//! summary  = "Warns, and does not look whether that is an error"
//! breaks   = ["import_chain::consumer_works_with_strict_warnings"]
//! exercise = "ignores_a_warning.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "ignores_a_warning.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    const FastMathTable *table = default_ready_table(state);
    if (table != NULL) {
        PyErr_WarnEx(PyExc_DeprecationWarning, "render will take another table", 1);
    }
    return table;
}
