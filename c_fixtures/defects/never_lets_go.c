//! role    = "consumer"
//! summary = "Takes one reference to each capsule that it never gives back"
//! breaks  = ["lifetime::consumer_lets_go_of_what_it_used"]

#define OVERRIDE_KEEP_OWNER
#include "consumer.h"

static PyObject *
keep_owner(PyObject *capsule)
{
    Py_INCREF(capsule);
    return default_keep_owner(capsule);
}
