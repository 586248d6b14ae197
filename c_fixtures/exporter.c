//! role    = "producer"
//! summary = "Hands out tensors, schemas, arrays and streams"
//!
//! [[produces]]
//! factory  = "exporter.tensor()"
//! name     = "dltensor"
//! releases = "exporter.exported()"
//!
//! [[produces]]
//! factory  = "exporter.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "exporter.exported()"
//!
//! [[produces]]
//! factory  = "exporter.schema()"
//! name     = "arrow_schema"
//! releases = "exporter.exported()"
//!
//! [[produces]]
//! factory  = "exporter.array()"
//! name     = "arrow_array"
//! releases = "exporter.exported()"
//!
//! [[produces]]
//! factory  = "exporter.stream()"
//! name     = "arrow_array_stream"
//! releases = "exporter.exported()"

#include "exporter.h"
