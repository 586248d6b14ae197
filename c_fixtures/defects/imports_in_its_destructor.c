//! role    = "producer"
//! summary = "Imports a module in the destructor and goes on without a look at the result"
//! breaks  = ["destructor::producer_survives_interpreter_exit"]
//!
//! [[produces]]
//! attribute = "imports_in_its_destructor._C_API"

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    default_clean_up(capsule);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    // By the time the interpreter goes down there is no import machinery left.
    PyObject *module = PyImport_ImportModule("colorsys");
    Py_DECREF(module);
    PyErr_Restore(type, value, traceback);
}
