//! role    = "consumer"
//! summary = "Marks a capsule as used before it knows whether it may take it"
//! breaks  = [
//!   "wrong_name::call_refuses_similar_names",
//!   "wrong_name::consumer_leaves_a_refused_capsule_unchanged",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "renames_a_refused_capsule.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    void *pointer = default_take_pointer(capsule, name);
    if (pointer == NULL && PyCapsule_CheckExact(capsule)) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        traced_set_name(capsule, "used");
        PyErr_Restore(type, value, traceback);
    }
    return pointer;
}
