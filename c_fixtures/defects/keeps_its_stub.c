//! role     = "consumer"
//! summary  = "Puts a stub in the place of a missing table and never looks again"
//! breaks   = [
//!   "import_chain::consumer_recovers_or_fails_cleanly",
//!   "import_chain::consumer_works_after_a_repair",
//! ]
//! exercise = "keeps_its_stub.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "keeps_its_stub.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static double
zero(double Py_UNUSED(x))
{
    return 0.0;
}

static const FastMathTable *
ready_table(State *state)
{
    static const FastMathTable stub = {zero, zero, zero, WANTED_VERSION};
    if (default_ready_table(state) == NULL) {
        PyErr_Clear();
        state->table = &stub;
    }
    return state->table;
}
