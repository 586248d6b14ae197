//! role    = "consumer"
//! summary = "Keeps the address of a capsule's name to save itself a check the next time"
//! breaks  = ["lifetime::consumer_touches_nothing_that_is_gone"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    static const char *last;
    if (last != NULL && name != NULL && strcmp(last, name) == 0) {
        name = last;
    }
    void *pointer = default_take_pointer(capsule, name);
    if (pointer != NULL) {
        last = traced_get_name(capsule);
    }
    return pointer;
}
