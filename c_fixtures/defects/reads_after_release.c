//! role    = "consumer"
//! summary = "Reads a batch without a look at whether it was released"
//! breaks  = ["consume_once::consumer_does_not_use_a_released_batch"]

// As in https://github.com/apache/arrow/issues/47296.

#define OVERRIDE_USE_POINTER
#include "consumer.h"

static PyObject *
use_pointer(void *pointer, const char *kind)
{
    if (strcmp(kind, "batch") == 0) {
        return PyLong_FromLongLong(*((const Batch *)pointer)->resource);
    }
    return default_use_pointer(pointer, kind);
}
