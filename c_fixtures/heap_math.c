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
    void *table = place_payload(pointer, sizeof(FastMathTable), 0);
    PyObject *capsule = NULL;
    if (table != NULL) {
        capsule = make_from((Owned){.payload = table}, table, name, destroy);
    }
    if (capsule == NULL) {
        return -1;
    }
    int status = PyObject_SetAttrString(module, attribute, capsule);
    Py_DECREF(capsule);
    return status;
}
