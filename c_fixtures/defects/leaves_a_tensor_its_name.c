//! role    = "consumer"
//! summary = "Deletes a tensor whose capsule does not know that it was taken"
//! breaks  = [
//!   "protocols::call_gives_back_what_it_took",
//!   "protocols::call_survives_a_second_use",
//! ]
//!
//! [[consumes]]
//! name    = "dltensor"
//! call    = "leaves_a_tensor_its_name.tensor({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "leaves_a_tensor_its_name.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_TAKE_TENSOR
#include "importer.h"

static void *
take_tensor(PyObject *capsule, int is_versioned)
{
    void *managed = traced_get_pointer(capsule, is_versioned ? "dltensor_versioned" : "dltensor");
    if (managed != NULL && is_versioned && !understands(managed)) {
        refuse_version(managed);
        return NULL;
    }
    return managed;
}
