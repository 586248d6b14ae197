//! role    = "producer"
//! summary = "Frees whatever name the capsule bears when it dies"
//! breaks  = ["destructor::producer_frees_only_its_own_name"]
//!
//! [[produces]]
//! attribute = "frees_whatever_the_name._C_API"

// As in https://github.com/scipy/scipy/pull/25052.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    const char *name = PyCapsule_GetName(capsule);
    Owned *owned = owned_by(capsule, 0);
    int is_renamed = owned != NULL && name != owned->name && name != owned->renamed;
    default_clean_up(capsule);
    if (is_renamed) {
        release((void *)name);
    }
}
