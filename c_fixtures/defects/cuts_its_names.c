//! role    = "producer"
//! summary = "Keeps the names of its capsules in buffers that are too short"
//! breaks  = ["names::producer_gives_the_name_unchanged"]

#define OVERRIDE_NEW_CAPSULE
#include "producer.h"

static PyObject *
new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    if (name != NULL && destructor != NULL && strlen(name) > 63) {
        ((char *)name)[63] = '\0';
    }
    return default_new_capsule(pointer, name, destructor);
}
