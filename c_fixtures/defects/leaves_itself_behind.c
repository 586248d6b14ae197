//! role     = "consumer"
//! summary  = "Makes itself known before it has its table"
//! builds   = ["c_single_phase"]   # with multi-phase initialisation the import system tidies up
//! breaks   = ["import_chain::consumer_leaves_nothing_of_a_failed_import"]
//! exercise = "leaves_itself_behind.render(1.0)"
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
    // As some do whose parts import one another.
    if (PyDict_SetItemString(PyImport_GetModuleDict(), MODULE_NAME, module) < 0) {
        return -1;
    }
    return eager_on_import(module);
}
