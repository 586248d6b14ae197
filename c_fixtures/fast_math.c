//! role    = "producer"
//! summary = "A bare function, a versioned function table, and handles with a destructor"
//!
//! [[produces]]
//! attribute = "fast_math._C_API"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2
//!
//! [[produces]]
//! attribute = "fast_math.fast_sin"
//!
//! [[produces]]
//! factory  = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! name     = "mydb.handle"
//! releases = "fast_math.open_handles()"

#include "producer.h"
