//! role     = "consumer"
//! summary  = "Copies its table while it is imported, without a look at what it got"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "imports_blindly.render(1.0)"
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
    static FastMathTable copy;
    memcpy(&copy, traced_import(WANTED, 0), sizeof copy);
    State *state = PyModule_GetState(module);
    state->table = &copy;
    return 0;
}
