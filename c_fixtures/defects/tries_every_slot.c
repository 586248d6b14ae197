//! role    = "consumer"
//! summary = "Tries the functions of a table out before it knows that they are there"
//! breaks  = [
//!   "null::consumer_refuses_a_table_with_an_empty_slot",
//!   "version::consumer_refuses_what_its_policy_excludes",
//! ]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "tries_every_slot.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

// https://github.com/numpy/numpy/issues/25023

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *table)
{
    if (table->version >= WANTED_VERSION
        && table->sin(0.0) + table->cos(0.0) + table->sqrt(1.0) != 2.0) {
        PyErr_SetString(PyExc_ImportError, "the functions give wrong results");
        return -1;
    }
    return default_accept_table(table);
}
