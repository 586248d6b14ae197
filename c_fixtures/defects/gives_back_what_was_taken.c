//! role    = "producer"
//! summary = "Its destructor deletes a tensor whatever the capsule is called by then"
//! breaks  = ["protocols::producer_leaves_alone_what_was_taken"]
//!
//! [[produces]]
//! factory  = "gives_back_what_was_taken.tensor()"
//! name     = "dltensor"
//! releases = "gives_back_what_was_taken.exported()"
//!
//! [[produces]]
//! factory  = "gives_back_what_was_taken.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "gives_back_what_was_taken.exported()"

#define OVERRIDE_END_TENSOR
#include "exporter.h"

static void
end_tensor(PyObject *capsule)
{
    const char *name = PyCapsule_GetName(capsule);
    void *payload = PyCapsule_GetPointer(capsule, name);
    if (strstr(name, "versioned") == NULL) {
        ((ManagedTensor *)payload)->deleter(payload);
    }
    else {
        ((VersionedTensor *)payload)->deleter(payload);
    }
}
