//! role     = "consumer"
//! summary  = "Marks its set-up as done before it has succeeded, so a second import finds nothing to do"
//! breaks   = [
//!   "import_chain::consumer_recovers_or_fails_cleanly",
//!   "import_chain::consumer_survives_a_second_attempt",
//! ]
//! exercise = "sets_up_once.render(1.0)"
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
    static int done;
    if (done) {
        return 0;
    }
    done = 1;
    return eager_on_import(module);
}
