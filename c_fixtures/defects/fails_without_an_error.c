//! role    = "consumer"
//! summary = "Clears the error of a refused capsule and reports failure all the same"
//! breaks  = [
//!   "errors::consumer_failure_is_one_error",
//!   "wrong_name::consumer_refuses_a_foreign_handle",
//! ]

#define OVERRIDE_REFUSE
#include "consumer.h"

// The interpreter then raises a SystemError that says nothing about the cause.
static void
refuse(PyObject *Py_UNUSED(expected), const char *Py_UNUSED(name))
{
    PyErr_Clear();
}
