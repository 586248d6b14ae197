//! role    = "consumer"
//! summary = "Replaces the error of a failed import by one of its own"
//! breaks  = ["errors::consumer_keeps_the_cause_of_a_failed_import"]

#define OVERRIDE_REFUSE
#include "consumer.h"

static void
refuse(PyObject *expected, const char *name)
{
    if (expected == PyExc_AttributeError && PyErr_ExceptionMatches(expected)) {
        PyErr_SetString(PyExc_TypeError, "the capsule cannot be imported");
        return;
    }
    default_refuse(expected, name);
}
