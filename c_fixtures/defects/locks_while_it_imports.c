//! role     = "consumer"
//! summary  = "Holds a lock over the import, and so waits for itself if that leads back to it"
//! breaks   = ["import_chain::consumer_survives_a_circular_import"]
//! exercise = "locks_while_it_imports.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "locks_while_it_imports.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

#include <pthread.h>

static const FastMathTable *
ready_table(State *state)
{
    static pthread_mutex_t setting_up = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&setting_up);
    const FastMathTable *table = default_ready_table(state);
    pthread_mutex_unlock(&setting_up);
    return table;
}
