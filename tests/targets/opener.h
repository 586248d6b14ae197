// A module with a factory: `open()` makes a capsule around a handle, `open_handles()` counts
// those that live. Each file that includes it defines the destructor of its capsules first.

#ifndef OPENER_H
#define OPENER_H

#include <Python.h>

#include <stdlib.h>
#include <string.h>

#define NAME "opener.handle"

static int open_handles;

static void
close_handle(void *handle)
{
    open_handles--;
    free(handle);
}

// What a careful destructor does: nothing it was not given, and nothing to the error indicator.
__attribute__((unused)) static void
end_carefully(PyObject *capsule)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const char *name = PyCapsule_GetName(capsule);
    if (name != NULL && strcmp(name, NAME) == 0) {
        close_handle(PyCapsule_GetPointer(capsule, NAME));
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *open_one(PyObject *module, PyObject *ignored);

static PyObject *
count_open(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(open_handles);
}

static PyMethodDef methods[] = {
    {"open", open_one, METH_NOARGS, PyDoc_STR("open() -> a capsule around a new handle")},
    {"open_handles", count_open, METH_NOARGS, PyDoc_STR("open_handles() -> how many live")},
    {NULL, NULL, 0, NULL},
};

// The ordinary `open`, for files whose destructor is what differs.
#define OPENS_WITH(destructor)                                             \
    static PyObject *                                                      \
    open_one(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))    \
    {                                                                      \
        void *handle = calloc(1, 64);                                      \
        if (handle == NULL) {                                              \
            return PyErr_NoMemory();                                       \
        }                                                                  \
        PyObject *capsule = PyCapsule_New(handle, NAME, destructor);       \
        if (capsule == NULL) {                                             \
            free(handle);                                                  \
            return NULL;                                                   \
        }                                                                  \
        open_handles++;                                                    \
        return capsule;                                                    \
    }

#define OPENER(stem)                                                       \
    static struct PyModuleDef definition = {                               \
        PyModuleDef_HEAD_INIT, .m_name = #stem, .m_methods = methods,      \
    };                                                                     \
    __attribute__((visibility("default"))) PyMODINIT_FUNC                  \
    PyInit_##stem(void)                                                    \
    {                                                                      \
        return PyModuleDef_Init(&definition);                              \
    }

#endif
