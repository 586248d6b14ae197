//! role    = "consumer"
//! summary = "Compares the name that it found by itself, and takes NULL for a name"
//! breaks  = [
//!   "names::consumer_refuses_similar_names",
//!   "null::consumer_refuses_what_is_no_capsule",
//! ]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (name != NULL && strcmp(PyCapsule_GetName(capsule), name) != 0) {
        PyErr_SetString(PyExc_ValueError, "wrong capsule");
        refuse(PyExc_ValueError, name);
        return NULL;
    }
    return default_take_pointer(capsule, name);
}
