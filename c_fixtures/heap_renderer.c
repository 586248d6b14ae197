//! role     = "consumer"
//! summary  = "Imports a table that its capsule frees"
//! by_name  = true
//! exercise = "heap_renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "heap_math._C_API"
//! trigger = "heap_renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"

#define WANTED "heap_math._C_API"
#include "consumer.h"
