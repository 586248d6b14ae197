//! role    = "consumer"
//! summary = "Takes a name that is NULL for the failure of the call that returned it"
//! breaks  = ["names::consumer_accepts_a_capsule_without_a_name"]

// https://github.com/numba/numba/issues/7824

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (name == NULL && PyCapsule_CheckExact(capsule) && traced_get_name(capsule) == NULL) {
        return NULL;
    }
    return default_take_pointer(capsule, name);
}
