//! role    = "consumer"
//! summary = "Asks for the pointer once more, and trusts that it is there"
//! breaks  = ["protocols::call_survives_a_failing_call"]
//!
//! [[consumes]]
//! name    = "dltensor"
//! call    = "trusts_a_second_look.tensor({capsule})"
//! failure = ["ValueError", "BufferError"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "trusts_a_second_look.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_TAKE_TENSOR
#include "importer.h"

static void *
take_tensor(PyObject *capsule, int is_versioned)
{
    const char *name = is_versioned ? "dltensor_versioned" : "dltensor";
    if (traced_get_pointer(capsule, name) == NULL) {
        return NULL;
    }
    int64_t *shape = is_versioned
        ? ((VersionedTensor *)traced_get_pointer(capsule, name))->tensor.shape
        : ((ManagedTensor *)traced_get_pointer(capsule, name))->tensor.shape;
    return shape == NULL ? NULL : default_take_tensor(capsule, is_versioned);
}
