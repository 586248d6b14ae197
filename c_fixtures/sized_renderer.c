//! role     = "consumer"
//! summary  = "Accepts a table that is at least as long as the one that it was built with"
//! by_name  = true
//! exercise = "sized_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "sized_math._C_API"
//! trigger = "sized_renderer.render(1.0)"
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
        PyErr_Format(PyExc_ImportError, "%s needs %zu bytes of %s, found %zu", MODULE_NAME,
                     sizeof *table, WANTED, table->size);
        return -1;
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
