//! role    = "producer"
//! summary = "The capsule in the attribute `_C_API` forgets its module in its name"
//! breaks  = [
//!   "names::attribute_capsule_is_importable",
//!   "names::attribute_capsule_is_importable_cold",
//!   "names::declared_name_is_the_one_found",
//!   "names::name_does_not_forget_its_module",
//!   "names::baseline_name_is_unchanged",
//! ]
//!
//! [[produces]]
//! attribute = "misnames_its_table._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    const char *last = strcmp(attribute, "_C_API") == 0 ? attribute : name;
    return default_publish_capsule(module, attribute, last, pointer);
}
