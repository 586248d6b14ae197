//! role     = "consumer"
//! summary  = "Asks once, and gives the answer of that day for ever"
//! breaks   = ["import_chain::consumer_works_after_a_repair"]
//! exercise = "remembers_a_failure.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "remembers_a_failure.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    static int failed;
    if (failed) {
        PyErr_SetString(PyExc_ImportError, WANTED " is not there");
        return NULL;
    }
    const FastMathTable *table = default_ready_table(state);
    failed = table == NULL;
    return table;
}
