//! role    = "consumer"
//! summary = "Uses a table without looking at its size"
//! breaks  = [
//!   "version::consumer_refuses_what_its_policy_excludes",
//!   "version::consumer_survives_a_refusable_table",
//! ]
//!
//! [[consumes]]
//! capsule = "sized_math._C_API"
//! trigger = "ignores_the_size.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["size size", "ptr sin", "ptr cos", "ptr sqrt", "ptr tan?"]
//! size    = "size"

// Layouts grew under such consumers: https://github.com/python-greenlet/greenlet/issues/178

#include "tables.h"

#define WANTED "sized_math._C_API"
#define WANTED_TABLE SizedTable
#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"
#include "policy.h"

static int
accept_table(const SizedTable *table)
{
    return need_functions(table->sin, table->cos, table->sqrt);
}
