//! role    = "consumer"
//! summary = "Refuses every table after it has refused one"
//! breaks  = ["version::consumer_takes_a_good_table_after_a_refusal"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "remembers_a_refusal.render(1.0)"
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
    static int refused;
    if (refused) {
        PyErr_Format(PyExc_ImportError, "%s has no table", MODULE_NAME);
        return -1;
    }
    refused = default_accept_table(table) < 0;
    return refused ? -1 : 0;
}
