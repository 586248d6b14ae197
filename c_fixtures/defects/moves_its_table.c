//! role    = "producer"
//! summary = "Every import of the module makes a table of its own"
//! breaks  = ["version::producer_keeps_its_table_in_place"]
//!
//! [[produces]]
//! attribute = "moves_its_table._C_API"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2

// A table moved from static memory in a bug-fix release: https://github.com/python/cpython/issues/100689

#define OVERRIDE_PUBLISHED_TABLE
#include "producer.h"

static FastMathTable *
published_table(void)
{
    FastMathTable *table = malloc(sizeof *table);
    if (table == NULL) {
        return default_published_table();
    }
    *table = *default_published_table();
    return table;
}
