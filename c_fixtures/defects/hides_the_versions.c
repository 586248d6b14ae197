//! role    = "consumer"
//! summary = "Does not say which versions do not fit"
//! breaks  = ["version::consumer_names_both_versions"]
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "hides_the_versions.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

// NumPy did not even name the module: https://github.com/numpy/numpy/issues/4962

#define OVERRIDE_ACCEPT_TABLE
#include "consumer.h"

static int
accept_table(const FastMathTable *table)
{
    if (default_accept_table(table) < 0) {
        PyErr_SetString(PyExc_ImportError, MODULE_NAME " and fast_math do not fit together");
        return -1;
    }
    return 0;
}
