//! role     = "consumer"
//! summary  = "Copies its table without a look at what the import returned"
//! breaks   = [
//!   "import_chain::consumer_survives",
//!   "import_chain::consumer_survives_a_failing_call",
//! ]
//! exercise = "ignores_a_failed_import.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "ignores_a_failed_import.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

static const FastMathTable *
ready_table(State *Py_UNUSED(state))
{
    static FastMathTable copy;
    memcpy(&copy, traced_import(WANTED, 0), sizeof copy);
    return &copy;
}
