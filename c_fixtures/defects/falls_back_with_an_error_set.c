//! role     = "consumer"
//! summary  = "Falls back without clearing the error of the failed import"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "falls_back_with_an_error_set.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "falls_back_with_an_error_set.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//! optional = true

#define OVERRIDE_FALL_BACK
#include "optional_consumer.h"

static const FastMathTable *
fall_back(void)
{
    return &own_table;
}
