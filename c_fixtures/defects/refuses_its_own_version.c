//! role    = "consumer"
//! summary = "Refuses the version that it was built with"
//! breaks  = ["version::consumer_accepts_its_own_version"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "refuses_its_own_version.render(1.0)"
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
    if (table->version == WANTED_VERSION) {
        PyErr_Format(PyExc_ImportError, "%s needs a version after %d of %s, found version %d",
                     MODULE_NAME, WANTED_VERSION, WANTED, (int)table->version);
        return -1;
    }
    return default_accept_table(table);
}
