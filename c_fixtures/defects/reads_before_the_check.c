//! role    = "consumer"
//! summary = "Looks into the payload to find out what it is, before it checks the name"
//! breaks  = [
//!   "wrong_name::call_refuses_similar_names",
//!   "wrong_name::consumer_does_not_read_a_refused_payload",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "reads_before_the_check.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (PyCapsule_CheckExact(capsule)) {
        const volatile DbHandle *handle = traced_get_pointer(capsule, traced_get_name(capsule));
        if (handle != NULL && handle->magic == 0) {
            PyErr_SetString(PyExc_TypeError, "the payload is empty");
            return NULL;
        }
    }
    return default_take_pointer(capsule, name);
}
