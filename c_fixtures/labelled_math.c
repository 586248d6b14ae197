//! role    = "producer"
//! summary = "A function table whose capsule has the number of its layout in its name"
//! by_name = true
//!
//! [[produces]]
//! attribute = "labelled_math._C_API"
//! name      = "math table, layout 7"
//! [produces.table]
//! layout  = ["ptr sin", "ptr cos", "ptr sqrt"]

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static LabelledTable table = {fast_sin, fast_cos, fast_sqrt};
    if (strcmp(attribute, "_C_API") == 0) {
        name = LABEL;
        pointer = &table;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
