//! role    = "consumer"
//! summary = "Takes a struct that was released for one with nothing in it"
//! breaks  = [
//!   "protocols::call_refuses_a_released_struct",
//!   "protocols::call_refuses_what_it_moved_out",
//! ]
//!
//! [[consumes]]
//! name    = "arrow_schema"
//! call    = "takes_released_for_empty.schema({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array"
//! call    = "takes_released_for_empty.array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_device_array"
//! call    = "takes_released_for_empty.device_array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "takes_released_for_empty.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_MOVE_STRUCT
#include "importer.h"

static int
move_struct(PyObject *capsule, const char *name, void *mine, size_t size, size_t release)
{
    int status = default_move_struct(capsule, name, mine, size, release);
    if (status < 0 && PyCapsule_IsValid(capsule, name)) {
        PyErr_Clear();
        return 1;
    }
    return status;
}
