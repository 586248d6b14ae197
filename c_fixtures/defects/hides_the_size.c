//! role     = "consumer"
//! summary  = "Says of a short table that it is too short, and not by how much"
//! breaks   = ["version::consumer_names_both_versions"]
//! exercise = "hides_the_size.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "sized_math._C_API"
//! trigger = "hides_the_size.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["size size", "ptr sin", "ptr cos", "ptr sqrt", "ptr tan?"]
//! size    = "size"

#include "tables.h"

#define WANTED "sized_math._C_API"
#define WANTED_TABLE SizedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const SizedTable *table)
{
    if (table->size < sizeof *table) {
        PyErr_SetString(PyExc_ImportError, MODULE_NAME " needs a longer table");
        return -1;
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
