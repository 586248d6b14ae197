//! role     = "consumer"
//! summary  = "Takes a payload over from a capsule that says that it was taken"
//! breaks   = ["consume_once::call_refuses_a_used_name"]
//!
//! [[consumes]]
//! name      = "mydb.handle"
//! call      = "takes_what_was_taken.consume({capsule}, b'mydb.handle', b'used_mydb.handle', 'never')"
//! once      = true
//! used_name = "used_mydb.handle"
//! failure   = ["TypeError"]

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    // As if the name were there to tell kinds of payloads apart, and nothing else.
    if (PyCapsule_CheckExact(capsule) && traced_is_valid(capsule, used_name)) {
        name = used_name;
    }
    return default_consume_capsule(capsule, name, used_name, fails);
}
