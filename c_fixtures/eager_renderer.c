//! role     = "consumer"
//! summary  = "Imports the function table while it is imported itself"
//! by_name  = true
//! exercise = "eager_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "import"
//! failure = ["ImportError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

#include "eager_consumer.h"
