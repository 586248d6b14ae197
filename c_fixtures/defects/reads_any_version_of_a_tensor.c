//! role    = "consumer"
//! summary = "Reads a tensor whatever its major version is"
//! breaks  = ["protocols::call_refuses_a_later_major_version"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "reads_any_version_of_a_tensor.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_UNDERSTANDS
#include "importer.h"

static int
understands(const VersionedTensor *Py_UNUSED(managed))
{
    return 1;
}
