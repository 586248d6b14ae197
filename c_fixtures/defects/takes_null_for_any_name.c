//! role    = "consumer"
//! summary = "Checks the name only if it was told one"
//! breaks  = ["names::consumer_refuses_similar_names"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (name == NULL && PyCapsule_CheckExact(capsule)) {
        name = traced_get_name(capsule);
    }
    return default_take_pointer(capsule, name);
}
