//! role    = "consumer"
//! summary = "Looks for a function that an accepted version does not have yet"
//! breaks  = [
//!   "version::consumer_survives_every_accepted_version",
//!   "version::consumer_accepts_what_its_policy_includes",
//! ]
//!
//! [[consumes]]
//! capsule = "grown_math._C_API"
//! trigger = "reads_what_a_later_version_added.render(1.0)"
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
    return need_functions(table->sin, table->cos, table->sqrt)
        || need_functions(table->tan, table->cos, table->sqrt);
}
