//! role    = "consumer"
//! summary = "Takes a tensor over whether its capsule has learned of that or not"
//! breaks  = ["protocols::call_survives_a_failing_call"]
//!
//! [[consumes]]
//! name    = "dltensor"
//! call    = "ignores_a_failed_rename.tensor({capsule})"
//! failure = ["ValueError", "BufferError"]
//!
//! [[consumes]]
//! name    = "dltensor_versioned"
//! call    = "ignores_a_failed_rename.versioned_tensor({capsule})"
//! failure = ["ValueError", "BufferError"]

#define OVERRIDE_TAKE_TENSOR
#include "importer.h"

static void *
take_tensor(PyObject *capsule, int is_versioned)
{
    void *managed = traced_get_pointer(capsule, is_versioned ? "dltensor_versioned" : "dltensor");
    if (managed == NULL || (is_versioned && !understands(managed) && refuse_version(managed) < 0)) {
        return NULL;
    }
    if (traced_set_name(capsule, is_versioned ? "used_dltensor_versioned" : "used_dltensor") != 0) {
        PyErr_Clear();
    }
    return managed;
}
