//! role    = "producer"
//! summary = "Clears the error indicator in the destructor, to be on the safe side"
//! breaks  = ["destructor::producer_destructor_keeps_a_pending_error"]
//!
//! [[produces]]
//! attribute = "clears_a_pending_error._C_API"

// As in https://github.com/pytorch/pytorch/issues/84056 and
// https://github.com/jax-ml/jax/issues/31271.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    default_clean_up(capsule);
    PyErr_Clear();
}
