//! role    = "producer"
//! summary = "The capsule in the attribute `_C_API` is called what it is, not where it is"
//! breaks  = ["names::label_is_importable"]
//!
//! [[produces]]
//! attribute = "names_a_label._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    const char *given = strcmp(attribute, "_C_API") == 0 ? "fast math table" : name;
    return default_publish_capsule(module, attribute, given, pointer);
}
