//! role    = "consumer"
//! summary = "Ends the process when the table is of a version that it does not know"
//! breaks  = [
//!   "version::consumer_survives_every_accepted_version",
//!   "version::consumer_accepts_what_its_policy_includes",
//! ]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "aborts_on_a_later_version.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *table)
{
    if (table->version > WANTED_VERSION) {
        Py_FatalError("this version of fast_math is unknown");
    }
    return default_accept_table(table);
}
