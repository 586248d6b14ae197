//! role     = "consumer"
//! summary  = "Says of another version that it is unknown, and no more"
//! breaks   = ["version::consumer_names_both_versions"]
//! exercise = "hides_an_exact_version.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "packed_math._C_API"
//! trigger = "hides_an_exact_version.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = "version"
//! split   = 16
//! current = [5, 21]
//! accepts = "==5.21"

#include "tables.h"

#define WANTED "packed_math._C_API"
#define WANTED_TABLE PackedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const PackedTable *table)
{
    if (table->version != PACKED_VERSION) {
        PyErr_SetString(PyExc_ImportError, MODULE_NAME " does not know this table");
        return -1;
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
