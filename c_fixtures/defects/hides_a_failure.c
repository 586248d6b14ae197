//! role    = "producer"
//! summary = "Does not look at whether a pointer could be changed"
//! breaks  = ["errors::producer_failure_is_one_error"]
//!
//! [[produces]]
//! attribute = "hides_a_failure._C_API"

#define OVERRIDE_CHANGE_POINTER
#include "producer.h"

static int
change_pointer(PyObject *capsule, void *pointer)
{
    (void)default_change_pointer(capsule, pointer);
    return 0;
}
