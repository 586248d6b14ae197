// Keeps one table at three places; its name says the first.

#include "target.h"

static int
one(void)
{
    return 1;
}

static struct {
    int (*first)(void);
    int (*second)(void);
    int version;
} table = {one, NULL, 1};

static int
keep(PyObject *module, PyObject *capsule)
{
    PyObject *tables = PyDict_New();
    if (tables == NULL) {
        return -1;
    }
    int status = PyDict_SetItemString(tables, "api", capsule);
    if (status == 0) {
        status = PyObject_SetAttrString(module, "tables", tables);
    }
    Py_DECREF(tables);
    if (status == 0) {
        status = PyObject_SetAttrString(module, "an_alias", capsule);
    }
    return status == 0 ? PyObject_SetAttrString(module, "_C_API", capsule) : -1;
}

static int
execute(PyObject *module)
{
    PyObject *capsule = PyCapsule_New(&table, "keeps_its_table_twice._C_API", NULL);
    int status = capsule == NULL ? -1 : keep(module, capsule);
    Py_XDECREF(capsule);
    return status;
}

TARGET(keeps_its_table_twice)
