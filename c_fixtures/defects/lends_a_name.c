//! role    = "producer"
//! summary = "The capsule in the attribute `fast_sin` bears the name of the one in `_C_API`"
//! breaks  = ["names::attribute_capsule_is_importable"]
//!
//! [[produces]]
//! attribute = "lends_a_name.fast_sin"
//! name      = "lends_a_name._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *Py_UNUSED(name), void *pointer)
{
    return default_publish_capsule(module, attribute, MODULE_NAME "._C_API", pointer);
}
