//! role    = "producer"
//! summary = "Its destructor frees the payload, whatever the capsule is called by then"
//! breaks  = ["consume_once::producer_leaves_a_consumed_payload_alone"]
//!
//! [[produces]]
//! attribute = "ignores_the_used_name._C_API"

// As in https://github.com/pytorch/pytorch/issues/9260.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    const Owned *owned = owned_by(capsule, 0);
    if (owned != NULL && !PyCapsule_IsValid(capsule, owned->name)) {
        free_payload(owned->payload);
    }
    default_clean_up(capsule);
}
