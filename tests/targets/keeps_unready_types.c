// Keeps a type that was never made ready, and a capsule in a class that was.

#include "target.h"

static PyTypeObject unready = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "keeps_unready_types.Unready",
    .tp_basicsize = sizeof(PyObject),
};

static PyTypeObject ready = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "keeps_unready_types.Ready",
    .tp_basicsize = sizeof(PyObject),
};

static int
execute(PyObject *module)
{
    PyObject *capsule = PyCapsule_New(&answer, NULL, NULL);
    if (capsule == NULL || PyType_Ready(&ready) < 0
        || PyDict_SetItemString(ready.tp_dict, "__pyx_vtable__", capsule) < 0) {
        Py_XDECREF(capsule);
        return -1;
    }
    Py_DECREF(capsule);
    if (PyObject_SetAttrString(module, "Ready", (PyObject *)&ready) < 0) {
        return -1;
    }
    return PyObject_SetAttrString(module, "Unready", (PyObject *)&unready);
}

TARGET(keeps_unready_types)
