//! role    = "consumer"
//! summary = "Asks the capsule for its name and passes it back as the name it expects"
//! breaks  = [
//!   "names::consumer_refuses_similar_names",
//!   "wrong_name::consumer_refuses_a_foreign_handle",
//! ]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    if (!PyCapsule_CheckExact(capsule)) {
        return default_take_pointer(capsule, name);
    }
    return traced_get_pointer(capsule, traced_get_name(capsule));
}
