//! role     = "consumer"
//! summary  = "Takes a table whose layout has a number in its capsule's name"
//! by_name  = true
//! exercise = "label_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "labelled_math._C_API"
//! name    = "math table, layout 7"
//! trigger = "label_renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt"]
//! accepts = "name"

#include "tables.h"

#define WANTED "labelled_math._C_API"
#define WANTED_NAME LABEL
#define WANTED_TABLE LabelledTable
#define OVERRIDE_ACCEPT_TABLE
#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"
#include "label.h"
#include "policy.h"

static int
accept_table(const LabelledTable *table)
{
    return need_functions(table->sin, table->cos, table->sqrt);
}
