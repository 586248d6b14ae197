//! role    = "consumer"
//! summary = "Accepts a capsule under its used name, too"
//! breaks  = ["consume_once::consumer_refuses_a_consumed_capsule"]

// As in https://github.com/cupy/cupy/pull/3611.

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    if (traced_is_valid(capsule, used_name)) {
        name = used_name;
    }
    return default_consume_capsule(capsule, name, used_name, fails);
}
