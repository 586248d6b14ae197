//! role    = "consumer"
//! summary = "Compares the addresses of names, not their text"
//! breaks  = [
//!   "names::consumer_accepts_equal_text_at_another_address",
//!   "null::call_works_with_a_good_capsule",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "compares_addresses.take({capsule}, b'mydb.handle', 'handle')"
//! good    = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (PyCapsule_CheckExact(capsule) && traced_get_name(capsule) != name) {
        PyErr_SetString(PyExc_ValueError, "this is not our name");
        refuse(PyExc_ValueError, name);
        return NULL;
    }
    return default_take_pointer(capsule, name);
}
