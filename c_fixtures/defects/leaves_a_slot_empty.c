//! role    = "producer"
//! summary = "The table in the attribute `_C_API` lacks a function"
//! breaks  = [
//!   "null::producer_fills_every_slot",
//!   "version::baseline_slots_are_still_filled",
//! ]
//!
//! [[produces]]
//! attribute = "leaves_a_slot_empty._C_API"
//! [produces.table]
//! layout = ["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]

// https://github.com/numpy/numpy/issues/25023

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    static FastMathTable table = {fast_sin, fast_cos, NULL, FAST_MATH_VERSION};
    void *published = strcmp(attribute, "_C_API") == 0 ? &table : pointer;
    return default_publish_capsule(module, attribute, name, published);
}
