//! role    = "consumer"
//! summary = "Builds the used name for the call that renames, and frees it right after"
//! breaks  = ["consume_once::used_name_lives_as_long_as_the_capsule"]

// The hazard of https://github.com/data-apis/array-api/pull/300.

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    char *copy = malloc(strlen(used_name) + 1);
    if (copy == NULL) {
        return PyErr_NoMemory();
    }
    strcpy(copy, used_name);
    void *pointer = default_consume_capsule(capsule, name, copy, fails);
    // Overwritten rather than freed, as if the memory had been given to somebody else.
    memset(copy, '?', strlen(copy));
    return pointer;
}
