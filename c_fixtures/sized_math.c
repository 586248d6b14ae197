//! role    = "producer"
//! summary = "A function table that says how long it is"
//! by_name = true
//!
//! [[produces]]
//! attribute = "sized_math._C_API"
//! [produces.table]
//! layout  = ["size size", "ptr sin", "ptr cos", "ptr sqrt", "ptr tan?"]
//! size    = "size"

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static SizedTable table = {sizeof(SizedTable), fast_sin, fast_cos, fast_sqrt, NULL};
    if (strcmp(attribute, "_C_API") == 0) {
        pointer = &table;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
