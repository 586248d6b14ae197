//! role    = "consumer"
//! summary = "Takes older tables and refuses newer ones"
//! breaks  = [
//!   "version::consumer_refuses_what_its_policy_excludes",
//!   "version::consumer_accepts_what_its_policy_includes",
//! ]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "compares_backwards.render(1.0)"
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
    FastMathTable mirrored = *table;
    mirrored.version = 2 * WANTED_VERSION - table->version;
    return default_accept_table(&mirrored);
}
