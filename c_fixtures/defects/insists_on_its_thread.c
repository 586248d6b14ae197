//! role    = "producer"
//! summary = "Frees a payload on the thread that made it, and on no other"
//! breaks  = ["destructor::producer_frees_on_any_thread"]
//!
//! [[produces]]
//! attribute = "insists_on_its_thread._C_API"

#define OVERRIDE_NEW_CAPSULE
#define OVERRIDE_CLEAN_UP
#include "producer.h"

static _Thread_local int makes_capsules;

static PyObject *
new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    makes_capsules = 1;
    return default_new_capsule(pointer, name, destructor);
}

static void
clean_up(PyObject *capsule)
{
    if (makes_capsules) {
        default_clean_up(capsule);
    }
}
