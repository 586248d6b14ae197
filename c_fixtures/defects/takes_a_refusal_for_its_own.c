//! role    = "producer"
//! summary = "Believes that a TypeError in its destructor can only be its own, and clears it"
//! breaks  = ["errors::producer_keeps_the_error_of_a_refusal"]
//!
//! [[produces]]
//! attribute = "takes_a_refusal_for_its_own._C_API"

// A consumer that drops a refused capsule: https://github.com/numpy/numpy/issues/32697

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    default_clean_up(capsule);
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
    }
}
