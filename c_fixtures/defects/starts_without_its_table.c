//! role     = "consumer"
//! summary  = "Clears the error of a failed import, and is imported without its table"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "starts_without_its_table.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "import"
//! failure  = ["ImportError"]

#define OVERRIDE_ON_IMPORT
#include "eager_consumer.h"

static int
on_import(PyObject *module)
{
    if (eager_on_import(module) < 0) {
        PyErr_Clear();
    }
    return 0;
}
