//! role    = "consumer"
//! summary = "Looks at the first table of a chain alone"
//! breaks  = ["version::consumer_accepts_what_its_policy_includes"]
//!
//! [[consumes]]
//! capsule = "chained_math._C_API"
//! trigger = "stays_at_the_head_of_the_chain.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["u32 major", "u32 minor", "ptr older?", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = ["major", "minor"]
//! current = [3, 14]
//! accepts = "major"
//! chain   = "older"

#include "tables.h"

#define WANTED "chained_math._C_API"
#define WANTED_TABLE ChainedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const ChainedTable *table)
{
    if (table->major != CHAINED_MAJOR) {
        return wrong_version(CHAINED_MAJOR, CHAINED_MINOR, table->major, table->minor);
    }
    return need_functions(table->sin, table->cos, table->sqrt);
}
