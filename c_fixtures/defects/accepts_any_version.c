//! role    = "consumer"
//! summary = "Uses a table of any version"
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

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *Py_UNUSED(table))
{
    return 0;
}
