//! role     = "consumer"
//! summary  = "Clears the error of a failed import and fails all the same"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "loses_the_error.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "loses_the_error.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static const FastMathTable *
fall_back(void)
{
    PyErr_Clear();
    return NULL;
}
