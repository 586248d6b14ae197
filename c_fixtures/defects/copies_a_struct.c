//! role    = "consumer"
//! summary = "Releases a struct of which the capsule has the same callback"
//! breaks  = [
//!   "protocols::call_gives_back_what_it_took",
//!   "protocols::call_survives_a_second_use",
//! ]
//!
//! [[consumes]]
//! name    = "arrow_schema"
//! call    = "copies_a_struct.schema({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array"
//! call    = "copies_a_struct.array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_device_array"
//! call    = "copies_a_struct.device_array({capsule})"
//! failure = ["ValueError"]

#define OVERRIDE_MOVE_STRUCT
#include "importer.h"

static int
move_struct(PyObject *capsule, const char *name, void *mine, size_t size, size_t release)
{
    char *theirs = traced_get_pointer(capsule, name), before[sizeof(ArrowDeviceArray)];
    if (theirs == NULL) {
        return -1;
    }
    memcpy(before, theirs, size);
    int status = default_move_struct(capsule, name, mine, size, release);
    memcpy(theirs, before, size);
    return status;
}
