//! role    = "producer"
//! summary = "Takes the zero that says that a pointer was changed for a failure"
//! breaks  = [
//!   "errors::producer_changes_leave_no_error",
//!   "errors::producer_failure_is_one_error",
//! ]
//!
//! [[produces]]
//! attribute = "reads_success_as_failure._C_API"

// https://github.com/intrepidcs/python_ics/issues/245

#define OVERRIDE_CHANGE_POINTER
#include "producer.h"

static int
change_pointer(PyObject *capsule, void *pointer)
{
    // As if it returned true for success.
    return default_change_pointer(capsule, pointer) ? 0 : -1;
}
