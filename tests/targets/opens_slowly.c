// Takes its time for every handle; `open_and_keep` keeps something of each besides.

#include "opener.h"
#include "target.h"

#include <time.h>

OPENS_WITH(end_carefully)

static PyObject *
open_slowly(PyObject *module, PyObject *ignored)
{
    struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&pause, NULL);
    return open_one(module, ignored);
}

static PyObject *
open_and_keep(PyObject *module, PyObject *ignored)
{
    static PyObject *kept;
    PyObject *note = Py_BuildValue("(Oi)", kept == NULL ? Py_None : kept, open_handles);
    if (note == NULL) {
        return NULL;
    }
    Py_XDECREF(kept);
    kept = note;
    return open_slowly(module, ignored);
}

static PyMethodDef slow_methods[] = {
    {"open_slowly", open_slowly, METH_NOARGS, PyDoc_STR("open_slowly() -> a capsule around a new handle")},
    {"open_and_keep", open_and_keep, METH_NOARGS, PyDoc_STR("open_and_keep() -> the same, remembered")},
    {NULL, NULL, 0, NULL},
};

static int
execute(PyObject *module)
{
    return PyModule_AddFunctions(module, methods) < 0 ? -1 : PyModule_AddFunctions(module, slow_methods);
}

TARGET(opens_slowly)
