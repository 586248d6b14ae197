//! role     = "consumer"
//! summary  = "Accepts any minor version of the major version that it was built with"
//! by_name  = true
//! exercise = "major_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "packed_math._C_API"
//! trigger = "major_renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = "version"
//! split   = 16
//! current = [5, 21]
//! accepts = "major"

#include "tables.h"

#define WANTED "packed_math._C_API"
#define WANTED_TABLE PackedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const PackedTable *table)
{
    if (table->version >> 16 != PACKED_MAJOR) {
        return wrong_version(PACKED_MAJOR, PACKED_MINOR, table->version >> 16,
                             table->version & 0xffff);
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
