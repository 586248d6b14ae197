//! role    = "producer"
//! summary = "Makes a string for a message in each destructor and keeps the reference"
//! breaks  = ["destructor::producer_rounds_grow_nothing"]
//!
//! [[produces]]
//! attribute = "leaks_with_each_capsule._C_API"

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    default_clean_up(capsule);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyUnicode_FromFormat("closed %p", capsule);
    PyErr_Restore(type, value, traceback);
}
