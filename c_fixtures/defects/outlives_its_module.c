//! role    = "producer"
//! summary = "Counts open handles in memory that is freed with the module"
//! breaks  = ["destructor::producer_survives_interpreter_exit"]
//!
//! [[produces]]
//! attribute = "outlives_its_module._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#define OVERRIDE_CLEAN_UP
#define OVERRIDE_END_MODULE
#include "producer.h"

static int64_t *closed;

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    const int64_t none = 0;
    if (closed == NULL) {
        closed = bind_early() < 0 ? NULL : place("payload", &none, sizeof none, 0);
        if (closed == NULL) {
            return -1;
        }
    }
    return default_publish_capsule(module, attribute, name, pointer);
}

static void
clean_up(PyObject *capsule)
{
    default_clean_up(capsule);
    ++*closed;
}

static void
end_module(void)
{
    release(closed);
}
