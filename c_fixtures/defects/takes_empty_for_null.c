//! role    = "consumer"
//! summary = "Asks for no name where it should ask for the empty one"
//! breaks  = [
//!   "names::consumer_refuses_similar_names",
//!   "names::consumer_accepts_every_legal_name",
//! ]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    return default_take_pointer(capsule, name != NULL && name[0] == '\0' ? NULL : name);
}
