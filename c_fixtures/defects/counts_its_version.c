//! role    = "producer"
//! summary = "Every import of the module gives the table another version"
//! breaks  = ["version::producer_does_not_change_its_version"]
//!
//! [[produces]]
//! attribute = "counts_its_version._C_API"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2

#define OVERRIDE_PUBLISHED_TABLE
#include "producer.h"

static FastMathTable *
published_table(void)
{
    static FastMathTable table = {fast_sin, fast_cos, fast_sqrt, FAST_MATH_VERSION - 1};
    table.version++;
    return &table;
}
