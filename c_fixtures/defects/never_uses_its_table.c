//! role     = "consumer"
//! summary  = "Computes by itself even where its table is to be had"
//! breaks   = ["import_chain::consumer_uses_the_imported_table"]
//! exercise = "never_uses_its_table.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "never_uses_its_table.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//! optional = true

#define OVERRIDE_READY_TABLE
#include "optional_consumer.h"

static const FastMathTable *
ready_table(State *Py_UNUSED(state))
{
    return &own_table;
}
