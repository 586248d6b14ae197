//! role    = "consumer"
//! summary = "Builds the wanted name in a buffer that is too short for it"
//! breaks  = ["names::consumer_accepts_every_legal_name"]

#define OVERRIDE_TAKE_POINTER
#include "consumer.h"

static void *
take_pointer(PyObject *capsule, const char *name)
{
    char wanted[64];
    if (name == NULL) {
        return default_take_pointer(capsule, NULL);
    }
    PyOS_snprintf(wanted, sizeof wanted, "%s", name);
    return default_take_pointer(capsule, wanted);
}
