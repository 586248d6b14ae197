//! role    = "consumer"
//! summary = "Does not stop where the chain of tables ends"
//! breaks  = ["version::consumer_refuses_what_its_policy_excludes"]
//!
//! [[consumes]]
//! capsule = "chained_math._C_API"
//! trigger = "walks_off_the_chain.render(1.0)"
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
#define OVERRIDE_CHOOSE_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const ChainedTable *table)
{
    return need_functions(table->sin, table->cos, table->sqrt);
}

static const ChainedTable *
choose_table(const ChainedTable *table)
{
    while (table->major != CHAINED_MAJOR) {
        table = table->older;
    }
    return default_choose_table(table);
}
