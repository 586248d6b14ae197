//! role    = "consumer"
//! summary = "Writes the version that it wants into a table of another one"
//! breaks  = ["version::consumer_leaves_a_refused_table_unchanged"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "repairs_a_refused_table.render(1.0)"
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
    if (default_accept_table(table) < 0) {
        ((FastMathTable *)table)->version = WANTED_VERSION;
        return -1;
    }
    return 0;
}
