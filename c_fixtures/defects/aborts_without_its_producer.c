//! role     = "consumer"
//! summary  = "Takes a failed import for the end of the world"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "aborts_without_its_producer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "aborts_without_its_producer.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static const FastMathTable *
fall_back(void)
{
    Py_FatalError("fast_math is missing");
}
