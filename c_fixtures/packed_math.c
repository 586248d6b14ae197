//! role    = "producer"
//! summary = "A function table whose version has two parts in one word"
//! by_name = true
//!
//! [[produces]]
//! attribute = "packed_math._C_API"
//! [produces.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt"]
//! version = "version"
//! split   = 16
//! current = [5, 21]

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static PackedTable table = {PACKED_VERSION, fast_sin, fast_cos, fast_sqrt};
    if (strcmp(attribute, "_C_API") == 0) {
        pointer = &table;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
