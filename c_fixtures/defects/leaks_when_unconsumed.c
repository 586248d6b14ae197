//! role    = "producer"
//! summary = "Leaves the payload to a consumer, whether there was one or not"
//! breaks  = ["consume_once::producer_releases_what_nobody_consumed"]
//!
//! [[produces]]
//! attribute = "leaks_when_unconsumed._C_API"

// As in https://github.com/pytorch/pytorch/pull/9297.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        owned->payload = NULL;
    }
    default_clean_up(capsule);
}
