//! role    = "producer"
//! summary = "The name of its table belongs to an object that the collector finds unused"
//! breaks  = ["names::name_outlives_its_maker"]
//!
//! [[produces]]
//! attribute = "borrows_its_name._C_API"

#define OVERRIDE_PUBLISH_CAPSULE
#include "producer.h"

// Overwritten rather than freed, as if the memory had been given to somebody else.
static void
end_of_name(PyObject *owner)
{
    char *name = PyCapsule_GetPointer(owner, NULL);
    memset(name, '?', strlen(name));
}

static int
publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    char *copy = malloc(strlen(name) + 1);
    PyObject *owner = copy == NULL ? PyErr_NoMemory() : PyCapsule_New(copy, NULL, end_of_name);
    PyObject *cycle = owner == NULL ? NULL : PyList_New(0);
    if (cycle == NULL) {
        return -1;
    }
    strcpy(copy, name);
    if (PyList_Append(cycle, owner) < 0 || PyList_Append(cycle, cycle) < 0) {
        return -1;
    }
    Py_DECREF(owner);
    Py_DECREF(cycle);
    return default_publish_capsule(module, attribute, copy, pointer);
}
