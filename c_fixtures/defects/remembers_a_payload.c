//! role    = "consumer"
//! summary = "Keeps the address of the last handle, to see whether the next one is another"
//! breaks  = ["lifetime::consumer_touches_nothing_that_is_gone"]

#define OVERRIDE_USE_POINTER
#include "consumer.h"

static PyObject *
use_pointer(void *pointer, const char *kind)
{
    static const DbHandle *last;
    if (strcmp(kind, "handle") == 0) {
        const DbHandle *handle = pointer;
        if (last != NULL && last->value == handle->value) {
            handle = last;
        }
        last = handle;
    }
    return default_use_pointer(pointer, kind);
}
