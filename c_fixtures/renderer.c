//! role     = "consumer"
//! summary  = "Imports a function table at first use and takes capsules as arguments"
//! exercise = "renderer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule = "fast_math._C_API"
//! trigger = "renderer.render(1.0)"
//! failure = ["ImportError", "TypeError"]
//! [consumes.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//! accepts = ">=2"
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "renderer.take({capsule}, b'mydb.handle', 'handle')"
//! good    = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! after   = "renderer.use(result)"
//! failure = ["TypeError"]
//!
//! [[consumes]]
//! name      = "mydb.handle"
//! call      = "renderer.consume({capsule}, b'mydb.handle', b'used_mydb.handle', 'never')"
//! good      = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! once      = true
//! used_name = "used_mydb.handle"
//! failure   = ["TypeError"]

#include "consumer.h"
