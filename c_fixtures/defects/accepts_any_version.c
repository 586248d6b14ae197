//! role    = "consumer"
//! summary = "Takes a table of any version, as long as all functions are there"
//! breaks  = ["version::consumer_refuses_what_its_policy_excludes"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "accepts_any_version.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

// The import macros of greenlet, gmpy2 and pygame look at no version.

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *table)
{
    if (table->version < WANTED_VERSION) {
        FastMathTable current = *table;
        current.version = WANTED_VERSION;
        return default_accept_table(&current);
    }
    return default_accept_table(table);
}
