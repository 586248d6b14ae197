//! role    = "producer"
//! summary = "A function table to which its third version added a function"
//! by_name = true
//!
//! [[produces]]
//! attribute = "grown_math._C_API"
//! [produces.table]
//! layout  = ["u32 version", "ptr sin", "ptr cos", "ptr sqrt", "ptr tan"]
//! version = "version"
//! current = 3
//! since   = { tan = 3 }

#include "tables.h"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static double
fast_tan(double x)
{
    return tan(x);
}

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static GrownTable table = {GROWN_VERSION, fast_sin, fast_cos, fast_sqrt, fast_tan};
    if (strcmp(attribute, "_C_API") == 0) {
        pointer = &table;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
