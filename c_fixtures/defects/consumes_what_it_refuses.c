//! role    = "consumer"
//! summary = "Renames a capsule before it looks at its name"
//! breaks  = ["consume_once::refusal_does_not_consume"]

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    if (PyCapsule_CheckExact(capsule) && !traced_is_valid(capsule, name)) {
        traced_set_name(capsule, used_name);
    }
    return default_consume_capsule(capsule, name, used_name, fails);
}
