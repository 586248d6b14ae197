//! role     = "consumer"
//! summary  = "Marks its table as ready before it has it"
//! breaks   = [
//!   "import_chain::consumer_recovers_or_fails_cleanly",
//!   "import_chain::consumer_survives_a_circular_import",
//!   "import_chain::consumer_survives_a_second_attempt",
//! ]
//! exercise = "takes_an_attempt_for_a_success.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "takes_an_attempt_for_a_success.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *state)
{
    static int ready;
    static FastMathTable copy;
    if (!ready) {
        ready = 1;
        const FastMathTable *table = default_ready_table(state);
        if (table == NULL) {
            return NULL;
        }
        copy = *table;
    }
    return &copy;
}
