//! role    = "producer"
//! summary = "Clears the error of a pointer that could not be changed and reports failure all the same"
//! breaks  = ["errors::producer_failure_is_one_error"]
//!
//! [[produces]]
//! attribute = "forgets_why_it_failed._C_API"

#define OVERRIDE_CHANGE_POINTER
#include "producer.h"

static int
change_pointer(PyObject *capsule, void *pointer)
{
    int status = default_change_pointer(capsule, pointer);
    if (status != 0) {
        PyErr_Clear();
    }
    return status;
}
