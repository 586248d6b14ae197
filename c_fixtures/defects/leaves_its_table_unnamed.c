//! role    = "producer"
//! summary = "The capsule in the attribute `_C_API` has no name"
//! breaks  = ["names::only_an_unnamed_convention_leaves_the_name_out"]
//!
//! [[produces]]
//! attribute = "leaves_its_table_unnamed._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    const char *given = strcmp(attribute, "_C_API") == 0 ? NULL : name;
    return default_publish_capsule(module, attribute, given, pointer);
}
