//! role    = "producer"
//! summary = "Builds a name for the call that makes the capsule, and frees it right after"
//! breaks  = ["names::producer_keeps_the_name_of_a_capsule"]

#define OVERRIDE_NEW_CAPSULE
#include "producer.h"

static PyObject *
new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    // What is published at import has a static name.
    if (name == NULL || destructor == NULL) {
        return default_new_capsule(pointer, name, destructor);
    }
    char *copy = place("name", name, strlen(name) + 1, 0);
    if (copy == NULL) {
        return NULL;
    }
    PyObject *capsule = default_new_capsule(pointer, copy, destructor);
    release(copy);
    return capsule;
}
