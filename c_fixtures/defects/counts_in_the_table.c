//! role    = "consumer"
//! summary = "Keeps a count of its users in the padding of the table"
//! breaks  = ["version::consumer_does_not_write_to_the_table"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "counts_in_the_table.render(1.0)"
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
        return -1;
    }
    (*(int32_t *)(&table->version + 1))++;
    return 0;
}
