//! role    = "producer"
//! summary = "Warns of its own future while it is imported"
//! breaks  = ["names::attribute_capsule_is_importable_under_strict_warnings"]
//!
//! [[produces]]
//! attribute = "warns_when_imported._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning, "this table will go", 1) < 0) {
        return -1;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}
