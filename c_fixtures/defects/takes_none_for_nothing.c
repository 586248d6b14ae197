//! role    = "consumer"
//! summary = "Accepts None as a handle to nothing, and hands out an address for it"
//! breaks  = ["null::consumer_refuses_what_is_no_capsule"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    static char nothing;
    return capsule == Py_None ? &nothing : default_take_pointer(capsule, name);
}
