//! role     = "consumer"
//! summary  = "Falls back whatever the import raised, an interrupt included"
//! breaks   = ["import_chain::consumer_passes_an_interrupt_on"]
//! exercise = "swallows_an_interrupt.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "swallows_an_interrupt.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//! optional = true

#define OVERRIDE_FALL_BACK
#include "optional_consumer.h"

static const FastMathTable *
fall_back(void)
{
    PyErr_Clear();
    return &own_table;
}
