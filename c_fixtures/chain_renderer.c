//! role     = "consumer"
//! summary  = "Walks from a table of a later major version to an older one that it knows"
//! by_name  = true
//! exercise = "chain_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "chained_math._C_API"
//! trigger = "chain_renderer.render(1.0)"
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
choose_table(const ChainedTable *newest)
{
    for (const ChainedTable *table = newest; table != NULL; table = table->older) {
        if (table->major == CHAINED_MAJOR) {
            return default_choose_table(table);
        }
    }
    wrong_version(CHAINED_MAJOR, CHAINED_MINOR, newest->major, newest->minor);
    return NULL;
}
