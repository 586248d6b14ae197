//! role    = "consumer"
//! summary = "Keeps a note of its own in the context of every capsule that it takes"
//! breaks  = ["null::consumer_leaves_the_context_alone"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    static char note;
    void *pointer = default_take_pointer(capsule, name);
    if (pointer != NULL && traced_set_context(capsule, &note) < 0) {
        return NULL;
    }
    return pointer;
}
