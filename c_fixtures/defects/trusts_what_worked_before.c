//! role     = "consumer"
//! summary  = "Asks for its table again at each use, and looks at the answer only at the first"
//! breaks   = ["import_chain::consumer_survives_a_failing_call"]
//! exercise = "trusts_what_worked_before.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "trusts_what_worked_before.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    if (state->table == NULL) {
        return default_ready_table(state);
    }
    const FastMathTable *now = traced_import(WANTED, 0);
    const FastMathTable *ours = traced_get_pointer(state->owner, WANTED);
    // Broken on purpose: a call that worked once may fail the next time.
    if (now->version != ours->version) {
        PyErr_Format(PyExc_ImportError, "%s has another version now", WANTED);
        return NULL;
    }
    return ours;
}
