//! role    = "consumer"
//! summary = "Tries a newer name first, and clears the error of that after the next call"
//! breaks  = ["errors::consumer_success_leaves_no_error"]

// https://github.com/pybind/pybind11/pull/3825

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
        pointer = default_take_pointer(capsule, name);
        if (pointer != NULL) {
            PyErr_Clear();
        }
    }
    return pointer;
}
