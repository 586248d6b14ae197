//! role    = "producer"
//! summary = "The table still has the number of the layout before"
//! breaks  = [
//!   "version::producer_states_its_declared_version",
//!   "version::baseline_version_does_not_go_back",
//! ]
//!
//! [[produces]]
//! attribute = "misstates_its_version._C_API"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2

// A layout changed and its tag did not: https://github.com/pybind/pybind11/issues/5420

#define OVERRIDE_PUBLISHED_TABLE
#include "producer.h"

static FastMathTable *
published_table(void)
{
    static FastMathTable table = {fast_sin, fast_cos, fast_sqrt, FAST_MATH_VERSION - 1};
    return &table;
}
