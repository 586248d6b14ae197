//! role    = "consumer"
//! summary = "Keeps the module that it imported from, and not the capsule"
//! breaks  = ["lifetime::consumer_outlives_the_attribute"]

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    void *pointer = default_import_pointer(name, no_block, owner);
    if (pointer == NULL) {
        return NULL;
    }
    Py_DECREF(*owner);
    PyObject *text = PyUnicode_FromStringAndSize(name, strchr(name, '.') - name);
    *owner = text == NULL ? NULL : PyImport_Import(text);
    Py_XDECREF(text);
    return *owner == NULL ? NULL : pointer;
}
