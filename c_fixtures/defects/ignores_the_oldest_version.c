//! role    = "consumer"
//! summary = "Looks only whether a table is too new"
//! breaks  = ["version::consumer_refuses_what_its_policy_excludes"]
//!
//! [[consumes]]
//! capsule = "grown_math._C_API"
//! trigger = "ignores_the_oldest_version.render(1.0)"
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
    if (table->version > GROWN_NEWEST) {
        PyErr_Format(PyExc_ImportError, "%s knows version %d of %s, found %u", MODULE_NAME,
                     GROWN_VERSION, WANTED, (unsigned)table->version);
        return -1;
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
