//! role    = "producer"
//! summary = "A function table that can lead to one of an earlier major version"
//! by_name = true
//!
//! [[produces]]
//! attribute = "chained_math._C_API"
//! [produces.table]
//! layout  = ["u32 major", "u32 minor", "ptr older?", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = ["major", "minor"]
//! current = [3, 14]
//! chain   = "older"

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static ChainedTable table = {CHAINED_MAJOR, CHAINED_MINOR, NULL, fast_sin, fast_cos, fast_sqrt};
    if (strcmp(attribute, "_C_API") == 0) {
        pointer = &table;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
