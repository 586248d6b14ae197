//! role     = "consumer"
//! summary  = "Takes the pointer of any capsule: that it is one is all it asks"
//! breaks   = [
//!   "wrong_name::call_refuses_similar_names",
//!   "wrong_name::consumer_refuses_swapped_capsules",
//! ]
//! exercise = "checks_only_the_type.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "checks_only_the_type.render(1.0)"
//! failure  = ["ImportError", "TypeError"]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "checks_only_the_type.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (PyCapsule_CheckExact(capsule) && !traced_is_valid(capsule, name)) {
        name = traced_get_name(capsule);
    }
    return default_take_pointer(capsule, name);
}
