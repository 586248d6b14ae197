//! role    = "consumer"
//! summary = "Says in its message which name it found, and takes NULL for a name"
//! breaks  = [
//!   "names::consumer_refuses_similar_names",
//!   "null::call_refuses_what_is_no_capsule",
//!   "null::consumer_refuses_what_is_no_capsule",
//! ]
//!
//! [[consumes]]
//! name    = "mydb.handle"
//! call    = "formats_the_found_name.take({capsule}, b'mydb.handle', 'handle')"
//! failure = ["TypeError"]

// Cython 3.3.1 reports a failed cimport so, and crashes when the entry is no capsule or has
// no name.

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (!traced_is_valid(capsule, name)) {
        const char *found = PyCapsule_GetName(capsule);
        PyErr_Format(PyExc_ValueError, "wrong capsule (found \"%.200s\")", found);
        refuse(PyExc_ValueError, name);
        return NULL;
    }
    return default_take_pointer(capsule, name);
}
