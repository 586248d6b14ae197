//! role    = "consumer"
//! summary = "Believes that every capsule has a name"
//! breaks  = ["names::consumer_accepts_a_capsule_without_a_name"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (name == NULL) {
        PyErr_SetString(PyExc_ValueError, "a capsule has a name");
        refuse(PyExc_ValueError, name);
        return NULL;
    }
    return default_take_pointer(capsule, name);
}
