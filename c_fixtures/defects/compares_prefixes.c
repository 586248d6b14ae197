//! role    = "consumer"
//! summary = "Compares only as many bytes as the wanted name has"
//! breaks  = [
//!   "names::consumer_refuses_similar_names",
//!   "wrong_name::call_refuses_similar_names",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "compares_prefixes.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    const char *found = PyCapsule_CheckExact(capsule) ? traced_get_name(capsule) : NULL;
    if (found != NULL && name != NULL && strncmp(found, name, strlen(name)) == 0) {
        return traced_get_pointer(capsule, found);
    }
    return default_take_pointer(capsule, name);
}
