//! role    = "producer"
//! summary = "Frees its table with the module, though capsules still lead to it"
//! breaks  = ["lifetime::producer_keeps_a_table_as_long_as_its_capsule"]
//! builds  = ["c_multi_phase", "c_abi3"]
//!
//! [[produces]]
//! attribute = "keeps_its_table_in_its_state._C_API"
//! [produces.table]
//! layout = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]

// As in https://github.com/python/cpython/issues/100689 and
// https://github.com/python/cpython/issues/111784. A single-phase module never dies.

#define OVERRIDE_PUBLISH_CAPSULE
#define OVERRIDE_END_MODULE
#include "producer.h"

static FastMathTable *table;

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    if (strcmp(attribute, "_C_API") == 0) {
        table = bind_early() < 0 ? NULL : place_payload(pointer, sizeof *table, 0);
        pointer = table;
    }
    return pointer == NULL ? -1 : default_publish_capsule(module, attribute, name, pointer);
}

static void
end_module(void)
{
    free_payload(table);
    table = NULL;
}
