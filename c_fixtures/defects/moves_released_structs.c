//! role    = "consumer"
//! summary = "Calls the callback of a struct without asking whether there is one"
//! breaks  = ["protocols::call_survives_a_released_struct"]
//!
//! [[consumes]]
//! name    = "arrow_schema"
//! call    = "moves_released_structs.schema({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array"
//! call    = "moves_released_structs.array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_device_array"
//! call    = "moves_released_structs.device_array({capsule})"
//! failure = ["ValueError"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "moves_released_structs.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_MOVE_STRUCT
#include "importer.h"

static int
move_struct(PyObject *capsule, const char *name, void *mine, size_t size, size_t release)
{
    char *theirs = traced_get_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    memcpy(mine, theirs, size);
    memset(theirs + release, 0, sizeof(void *));
    return 0;
}
