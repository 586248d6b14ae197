//! role    = "consumer"
//! summary = "Calls a function of the table before it looks at the version"
//! breaks  = [
//!   "version::consumer_refuses_what_its_policy_excludes",
//!   "version::consumer_survives_a_refusable_table",
//! ]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "calls_before_the_check.render(1.0)"
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
    if (table->sin != NULL && table->sin(0.0) < 0.0) {
        PyErr_Format(PyExc_ImportError, "%s calculates badly", WANTED);
        return -1;
    }
    return default_accept_table(table);
}
