//! role    = "consumer"
//! summary = "Makes sure that the old name is gone by asking for it, and keeps the error"
//! breaks  = ["errors::consuming_leaves_no_error"]

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    void *pointer = default_consume_capsule(capsule, name, used_name, fails);
    size_t length = name == NULL ? 0 : strlen(name);
    if (pointer != NULL && length > 3 && strcmp(name + length - 3, ".v1") == 0) {
        // Fails, as it should; but nobody clears what it leaves.
        (void)traced_get_pointer(capsule, name);
    }
    return pointer;
}
