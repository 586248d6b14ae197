//! role    = "consumer"
//! summary = "Takes tensors, schemas, arrays and streams over, and gives them back"
//!
//! [[consumes]]
//! name    = "dltensor"
//! call    = "importer.tensor({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "importer.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]
//!
//! [[consumes]]
//! name    = "arrow_schema"
//! call    = "importer.schema({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array"
//! call    = "importer.array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_device_array"
//! call    = "importer.device_array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "importer.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#include "importer.h"
