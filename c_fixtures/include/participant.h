// What producers and consumers share: the instrument, memory, and every capsule call
// with the error indicator reported around it. SIDE is "producer" or "consumer".
//
// A behaviour that a defect fixture may replace is a hook: `hook` is called
// everywhere, `default_hook` is the right implementation. A file that defines
// OVERRIDE_HOOK before the include writes its own static `hook`, and may call the
// default from it.

#ifndef PARTICIPANT_H
#define PARTICIPANT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fast_math.h"
#include "instrument.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)
#define MODULE_NAME TEXT(FIXTURE_MODULE)

// NULL until `bind`; a participant without an instrument works and reports nothing.
static const Instrument *instrument;

static inline PyObject *
verb_bind(PyObject *Py_UNUSED(module), PyObject *address)
{
    const Instrument *candidate = PyLong_AsVoidPtr(address);
    if (candidate == NULL) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "no instrument");
    }
    if (candidate->size < sizeof(Instrument)) {
        return PyErr_Format(PyExc_ValueError, "the instrument is older than this fixture");
    }
    instrument = candidate;
    Py_RETURN_NONE;
}

// What is made at import comes before `bind`; so whoever makes something there that has
// to be watched looks for the probe itself, and does without where there is none.
static inline int
bind_early(void)
{
    PyObject *probe = PyDict_GetItemString(PyImport_GetModuleDict(), "capsule_probe");
    if (probe == NULL) {
        return 0;
    }
    PyObject *address = PyObject_CallMethod(probe, "instrument", NULL);
    PyObject *bound = address == NULL ? NULL : verb_bind(NULL, address);
    Py_XDECREF(address);
    Py_XDECREF(bound);
    return bound == NULL ? -1 : 0;
}

// "O&" converter: bytes are a name, None is the NULL name.
static inline int
as_name(PyObject *value, void *result)
{
    char *name = NULL;
    if (value != Py_None && PyBytes_AsStringAndSize(value, &name, NULL) < 0) {
        return 0;
    }
    *(const char **)result = name;
    return 1;
}

// Held over a few calls that neither run Python code nor set an error. Free-threaded
// interpreters need it, and so do sub-interpreters with locks of their own.
static inline void
lock(atomic_flag *flag)
{
    while (atomic_flag_test_and_set(flag)) {
    }
}

static inline void
unlock(atomic_flag *flag)
{
    atomic_flag_clear(flag);
}

// Memory -------------------------------------------------------------------------

static inline void *
place(const char *what, const void *bytes, size_t size, int sealed)
{
    void *copy;
    if (instrument != NULL) {
        copy = instrument->place(what, bytes, size, sealed);
    }
    else {
        copy = malloc(size > 0 ? size : 1);
        if (copy != NULL) {
            memcpy(copy, bytes, size);
        }
    }
    if (copy == NULL) {
        PyErr_NoMemory();
    }
    return copy;
}

// Returns how often this address was released; NULL is fine.
static inline int
release(void *address)
{
    int times = instrument != NULL && address != NULL ? instrument->release(address) : 0;
    if (times == 0) {
        free(address);      // placed before `bind`, or never bound
        times = 1;
    }
    return times;
}

// Capsule calls --------------------------------------------------------------------

static inline void
report(const char *function, PyObject *before, int ok)
{
    if (instrument != NULL) {
        instrument->call(SIDE, function, before, PyErr_Occurred(), ok);
    }
}

static inline PyObject *
traced_new(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    PyObject *before = PyErr_Occurred();
    PyObject *capsule = PyCapsule_New(pointer, name, destructor);
    report("PyCapsule_New", before, capsule != NULL);
    return capsule;
}

static inline void *
traced_get_pointer(PyObject *capsule, const char *name)
{
    PyObject *before = PyErr_Occurred();
    void *pointer = PyCapsule_GetPointer(capsule, name);
    report("PyCapsule_GetPointer", before, pointer != NULL);
    return pointer;
}

static inline const char *
traced_get_name(PyObject *capsule)
{
    PyObject *before = PyErr_Occurred();
    const char *name = PyCapsule_GetName(capsule);
    report("PyCapsule_GetName", before, name != NULL || PyErr_Occurred() == before);
    return name;
}

static inline int
traced_is_valid(PyObject *capsule, const char *name)
{
    PyObject *before = PyErr_Occurred();
    int valid = PyCapsule_IsValid(capsule, name);
    report("PyCapsule_IsValid", before, 1);
    return valid;
}

static inline int
traced_set_pointer(PyObject *capsule, void *pointer)
{
    PyObject *before = PyErr_Occurred();
    int status = PyCapsule_SetPointer(capsule, pointer);
    report("PyCapsule_SetPointer", before, status == 0);
    return status;
}

static inline int
traced_set_name(PyObject *capsule, const char *name)
{
    PyObject *before = PyErr_Occurred();
    int status = PyCapsule_SetName(capsule, name);
    report("PyCapsule_SetName", before, status == 0);
    return status;
}

static inline int
traced_set_context(PyObject *capsule, void *context)
{
    PyObject *before = PyErr_Occurred();
    int status = PyCapsule_SetContext(capsule, context);
    report("PyCapsule_SetContext", before, status == 0);
    return status;
}

static inline int
traced_set_destructor(PyObject *capsule, PyCapsule_Destructor destructor)
{
    PyObject *before = PyErr_Occurred();
    int status = PyCapsule_SetDestructor(capsule, destructor);
    report("PyCapsule_SetDestructor", before, status == 0);
    return status;
}

static inline void *
traced_import(const char *name, int no_block)
{
    PyObject *before = PyErr_Occurred();
    void *pointer = PyCapsule_Import(name, no_block);
    report("PyCapsule_Import", before, pointer != NULL);
    return pointer;
}

#endif
