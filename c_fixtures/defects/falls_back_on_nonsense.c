//! role     = "consumer"
//! summary  = "Falls back on functions that return their argument"
//! breaks   = [
//!   "import_chain::consumer_survives",
//!   "import_chain::optional_consumer_works_without_its_capsule",
//! ]
//! exercise = "falls_back_on_nonsense.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "falls_back_on_nonsense.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//! optional = true

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static double
echo(double x)
{
    return x;
}

static const FastMathTable *
fall_back(void)
{
    static const FastMathTable stubs = {echo, echo, echo, WANTED_VERSION};
    PyErr_Clear();
    return &stubs;
}
