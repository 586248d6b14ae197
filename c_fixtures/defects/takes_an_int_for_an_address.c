//! role    = "consumer"
//! summary = "Accepts an int for a capsule, as the address of the payload"
//! breaks  = [
//!   "null::call_refuses_what_is_no_capsule",
//!   "null::consumer_refuses_what_is_no_capsule",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "takes_an_int_for_an_address.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    return PyLong_Check(capsule) ? PyLong_AsVoidPtr(capsule) : default_take_pointer(capsule, name);
}
