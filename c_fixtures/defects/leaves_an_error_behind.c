//! role    = "producer"
//! summary = "Looks for something optional, and keeps the error of not finding it"
//! breaks  = ["errors::producer_success_leaves_no_error"]
//!
//! [[produces]]
//! attribute = "leaves_an_error_behind._C_API"

// https://github.com/pybind/pybind11/pull/3825

#define OVERRIDE_NEW_CAPSULE
#include "producer.h"

static PyObject *
new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    PyObject *capsule = default_new_capsule(pointer, name, destructor);
    if (capsule != NULL && destructor != NULL && pointer == (void *)(uintptr_t)fast_sin) {
        PyObject *note = PyObject_GetAttrString(capsule, "note");
        Py_XDECREF(note);
    }
    return capsule;
}
