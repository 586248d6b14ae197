//! role    = "producer"
//! summary = "Takes a rename for the end of the payload"
//! breaks  = ["destructor::producer_frees_nothing_at_rename"]
//!
//! [[produces]]
//! attribute = "frees_at_rename._C_API"

#define OVERRIDE_RENAME_CAPSULE
#include "producer.h"

static int
rename_capsule(PyObject *capsule, const char *name)
{
    int status = default_rename_capsule(capsule, name);
    Owned *owned = owned_by(capsule, 0);
    if (status == 0 && owned != NULL) {
        free_payload(owned->payload);
    }
    return status;
}
