//! role    = "producer"
//! summary = "Frees the name of its table with the module, though capsules still bear it"
//! breaks  = ["lifetime::producer_keeps_a_name_as_long_as_its_capsule"]
//! builds  = ["c_multi_phase", "c_abi3"]
//!
//! [[produces]]
//! attribute = "keeps_its_name_in_its_state._C_API"

// A single-phase module never dies.

#define OVERRIDE_PUBLISH_CAPSULE
#define OVERRIDE_END_MODULE
#include "producer.h"

static char *own_name;

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (strcmp(attribute, "_C_API") == 0) {
        own_name = bind_early() < 0 ? NULL : place_name(name);
        if (own_name == NULL) {
            return -1;
        }
        name = own_name;
    }
    return default_publish_capsule(module, attribute, name, pointer);
}

static void
end_module(void)
{
    if (own_name != NULL) {
        release(own_name);
    }
    own_name = NULL;
}
