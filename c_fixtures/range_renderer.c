//! role     = "consumer"
//! summary  = "Accepts a range of versions, and uses what the later ones added only where it is there"
//! by_name  = true
//! exercise = "range_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "grown_math._C_API"
//! trigger = "range_renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt", "ptr tan"]
//! version = "version"
//! current = 3
//! accepts = "2..4"
//! since   = { tan = 3 }

#include "tables.h"

#define WANTED "grown_math._C_API"
#define WANTED_TABLE GrownTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const GrownTable *table)
{
    if (table->version < GROWN_OLDEST || table->version > GROWN_NEWEST) {
        PyErr_Format(PyExc_ImportError, "%s needs version %d to %d of %s, built with %d, found %u",
                     MODULE_NAME, GROWN_OLDEST, GROWN_NEWEST, WANTED, GROWN_VERSION,
                     (unsigned)table->version);
        return -1;
    }
    if (table->version >= GROWN_TAN && table->tan == NULL) {
        return need_functions(table->tan, table->cos, table->sqrt);
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
