//! role    = "consumer"
//! summary = "Refuses a tensor of a later minor version"
//! breaks  = ["protocols::call_accepts_a_later_minor_version"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "wants_an_equal_minor_version.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_UNDERSTANDS
#include "importer.h"

static int
understands(const VersionedTensor *managed)
{
    return managed->version.major == 1 && managed->version.minor == 0;
}
