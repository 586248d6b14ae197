//! role    = "consumer"
//! summary = "Takes a tensor over before it looks at its version, and forgets it then"
//! breaks  = ["protocols::call_refuses_a_later_major_version"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "keeps_a_refused_tensor.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_TAKE_TENSOR
#include "importer.h"

static void *
take_tensor(PyObject *capsule, int is_versioned)
{
    void *managed = PyCapsule_IsValid(capsule, "dltensor_versioned")
        ? PyCapsule_GetPointer(capsule, "dltensor_versioned") : NULL;
    if (is_versioned && managed != NULL && !understands(managed)) {
        traced_set_name(capsule, "used_dltensor_versioned");
        refuse_version(managed);
        return NULL;
    }
    return default_take_tensor(capsule, is_versioned);
}
