//! role    = "producer"
//! summary = "Frees the payload in the destructor, though the clean-up before it did so"
//! breaks  = ["destructor::producer_frees_its_payload_once"]
//!
//! [[produces]]
//! attribute = "frees_twice._C_API"

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    Owned *owned = owned_by(capsule, 0);
    void *payload = owned != NULL && PyCapsule_IsValid(capsule, owned->name) ? owned->payload : NULL;
    default_clean_up(capsule);
    free_payload(payload);
}
