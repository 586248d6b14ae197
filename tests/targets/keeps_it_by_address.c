// Keeps a capsule where bindings keep what their modules share: in the interpreter's own dictionary, under a key that
// tells modules apart by an address.

#include "target.h"

static int
execute(PyObject *Py_UNUSED(module))
{
    PyObject *kept = PyInterpreterState_GetDict(PyInterpreterState_Get());
    PyObject *key = PyUnicode_FromFormat("__internals_v11_%zu", (size_t)&answer);
    PyObject *capsule = PyCapsule_New(&answer, NULL, NULL);
    int status = kept == NULL || key == NULL || capsule == NULL ? -1 : PyDict_SetItem(kept, key, capsule);
    Py_XDECREF(key);
    Py_XDECREF(capsule);
    return status;
}

TARGET(keeps_it_by_address)
