//! role    = "consumer"
//! summary = "Checks the version of a table and believes that all its functions are there"
//! breaks  = ["null::consumer_refuses_a_table_with_an_empty_slot"]

// https://github.com/numpy/numpy/issues/25023

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *table)
{
    if (table->version < WANTED_VERSION) {
        return default_accept_table(table);
    }
    return 0;
}
