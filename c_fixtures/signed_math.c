//! role    = "producer"
//! summary = "A bare function whose C signature is its capsule's name"
//! by_name = true
//!
//! [[produces]]
//! attribute  = "signed_math.sin"
//! name       = "double (double)"
//! convention = "cython_signature"

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (strcmp(attribute, "fast_sin") == 0) {
        return default_publish_capsule(module, "sin", SIGNATURE, pointer);
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
