//! role    = "producer"
//! summary = "Looks its pointer up in the destructor and leaves the error of a failure set"
//! breaks  = [
//!     "destructor::producer_destructor_leaves_no_error",
//!     "destructor::producer_destructor_keeps_a_pending_error",
//! ]
//!
//! [[produces]]
//! attribute = "leaves_an_error._C_API"

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL && PyCapsule_GetPointer(capsule, owned->name) == NULL) {
        return;
    }
    default_clean_up(capsule);
}
