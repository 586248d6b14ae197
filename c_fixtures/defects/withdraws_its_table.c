//! role    = "producer"
//! summary = "The table of an earlier release is gone"
//! breaks  = ["names::baseline_capsule_is_still_there"]
//!
//! [[produces]]
//! attribute = "withdraws_its_table._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (strcmp(attribute, "_C_API") == 0) {
        return 0;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
