//! role    = "consumer"
//! summary = "Compares the addresses of names, not their text"
//! breaks  = ["names::consumer_accepts_equal_text_at_another_address"]

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
