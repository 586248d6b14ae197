//! role    = "producer"
//! summary = "Allocates its table anew for each module; the capsule frees it"
//! by_name = true
//!
//! [[produces]]
//! attribute = "heap_math._C_API"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]
//! version = "version"
//! current = 2

// As CPython does for `_socket.CAPI` since 3.10: the capsule may outlive its module, so
// nothing but the capsule owns the table.

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (strcmp(attribute, "_C_API") != 0) {
        return default_publish_capsule(module, attribute, name, pointer);
    }
    if (bind_early() < 0) {
        return -1;
    }
    Owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    owned->payload = place_payload(pointer, sizeof(FastMathTable), 0);
    owned->name = place_name(name);
    PyObject *capsule = NULL;
    if (owned->payload != NULL && owned->name != NULL) {
        capsule = new_capsule(owned->payload, owned->name, destroy);
    }
    if (capsule == NULL) {
        give_up(owned);
        free(owned);
        return -1;
    }
    remember(owned, capsule);
    int status = PyObject_SetAttrString(module, attribute, capsule);
    Py_DECREF(capsule);
    return status;
}
