//! role     = "consumer"
//! summary  = "Prints the error of a failed import and ends the process"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "exits_without_its_producer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "exits_without_its_producer.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_FALL_BACK
#include "consumer.h"

static const FastMathTable *
fall_back(void)
{
    PyErr_Print();
    exit(1);
}
