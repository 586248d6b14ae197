//! role     = "consumer"
//! summary  = "Clears the error of a failed import and computes with zeros"
//! breaks   = [
//!   "import_chain::consumer_reports_a_failure",
//!   "import_chain::consumer_survives",
//! ]
//! exercise = "swallows_a_failed_import.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "swallows_a_failed_import.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static double
zero(double Py_UNUSED(x))
{
    return 0.0;
}

static const FastMathTable *
fall_back(void)
{
    static const FastMathTable zeros = {zero, zero, zero, WANTED_VERSION};
    PyErr_Clear();
    return &zeros;
}
