//! role     = "consumer"
//! summary  = "Takes a function whose C signature is its capsule's name"
//! by_name  = true
//! exercise = "signature_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "signed_math.sin"
//! name    = "double (double)"
//! trigger = "signature_renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = []
//! accepts = "name"

#include "tables.h"

#define WANTED "signed_math.sin"
#define WANTED_NAME SIGNATURE
#define WANTED_TABLE LabelledTable
#define OVERRIDE_ACCEPT_TABLE
#define OVERRIDE_IMPORT_POINTER
#define OVERRIDE_SINE
#include "consumer.h"
#include "label.h"

static int
accept_table(const LabelledTable *Py_UNUSED(function))
{
    return 0;
}

static MathFunction
sine(const LabelledTable *function)
{
    return (MathFunction)(uintptr_t)function;
}
