//! role    = "consumer"
//! summary = "Takes the error of an earlier attempt for the failure of a call that returned NULL"
//! breaks  = ["errors::consumer_success_leaves_no_error"]

// As PyO3 does for a context of NULL when somebody left an error pending.

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

// Asks a capsule for the next version of a name that ends in ".v1".
static void *
take_next_version(PyObject *capsule, const char *name)
{
    char next[64];
    size_t length = name == NULL ? 0 : strlen(name);
    if (length < 3 || length >= sizeof next || strcmp(name + length - 3, ".v1") != 0) {
        return NULL;
    }
    strcpy(next, name);
    next[length - 1] = '2';
    return traced_get_pointer(capsule, next);
}

static void *
take_pointer(PyObject *capsule, const char *name)
{
    void *pointer = take_next_version(capsule, name);
    if (pointer == NULL) {
        // The context is NULL, and the error was left above.
        if (PyCapsule_CheckExact(capsule) && PyCapsule_GetContext(capsule) == NULL
            && PyErr_Occurred()) {
            return NULL;
        }
        pointer = default_take_pointer(capsule, name);
    }
    return pointer;
}
