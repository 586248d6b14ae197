//! role     = "consumer"
//! summary  = "Has one text for every failure, and that names a module it does not import"
//! breaks   = ["import_chain::consumer_names_what_is_missing"]
//! exercise = "blames_another_module.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "blames_another_module.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static const FastMathTable *
fall_back(void)
{
    PyErr_SetString(PyExc_ImportError, "slow_math is missing or too old");
    return NULL;
}
