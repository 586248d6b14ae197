//! role    = "consumer"
//! summary = "Takes a payload over and never gives it back"
//! breaks  = ["protocols::call_gives_back_what_it_took"]
//!
//! [[consumes]]
//! name    = "dltensor"
//! call    = "keeps_what_it_took.tensor({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "keeps_what_it_took.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]
//!
//! [[consumes]]
//! name    = "arrow_schema"
//! call    = "keeps_what_it_took.schema({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array"
//! call    = "keeps_what_it_took.array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_device_array"
//! call    = "keeps_what_it_took.device_array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "keeps_what_it_took.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_STAYS
#include "importer.h"

static int
stays(int Py_UNUSED(failed))
{
    return 1;
}
