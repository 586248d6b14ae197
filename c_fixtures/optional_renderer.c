//! role     = "consumer"
//! summary  = "Uses the function table if it is there, and else computes by itself"
//! by_name  = true
//! exercise = "optional_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "optional_renderer.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//! optional = true
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

#include "optional_consumer.h"
