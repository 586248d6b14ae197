//! role    = "consumer"
//! summary = "Remembers the pointer of the last path that it imported, and not the capsule"
//! breaks  = ["null::consumer_refuses_what_replaced_an_attribute"]

// Like a static pointer to a table that moved to the heap:
// https://github.com/python/cpython/issues/100689

#define OVERRIDE_IMPORT_POINTER
#include "consumer.h"

static void *
import_pointer(const char *name, int no_block, PyObject **owner)
{
    static char last[64];
    static void *pointer;
    if (pointer != NULL && strcmp(name, last) == 0) {
        Py_INCREF(Py_None);
        *owner = Py_None;
        return pointer;
    }
    void *imported = default_import_pointer(name, no_block, owner);
    if (imported != NULL && strlen(name) < sizeof last) {
        strcpy(last, name);
        pointer = imported;
    }
    return imported;
}
