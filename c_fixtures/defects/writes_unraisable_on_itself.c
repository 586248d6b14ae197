//! role    = "producer"
//! summary = "Reports a failure in the destructor with the dying capsule as its context"
//! breaks  = [
//!     "destructor::producer_survives_a_foreign_name",
//!     "destructor::producer_destructor_keeps_a_pending_error",
//!     "destructor::producer_destructor_leaves_no_error",
//! ]
//!
//! [[produces]]
//! attribute = "writes_unraisable_on_itself._C_API"

// As NumPy did up to 2.0.2: the report takes and drops a reference to the capsule, which
// destroys it again. A name that is neither the agreed one nor the used one is enough.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Owned *owned = owned_by(capsule, 0);
    if (owned == NULL || PyCapsule_GetPointer(capsule, owned->name) != NULL) {
        default_clean_up(capsule);
    }
    else if (!PyCapsule_IsValid(capsule, "used_mydb.handle")) {
        PyErr_WriteUnraisable(capsule);
    }
    PyErr_Restore(type, value, traceback);
}
