// The destructors that a case can give to a capsule. Each one records that it ran; some do
// something first, to see what a runtime allows there.

#define PY_SSIZE_T_CLEAN
#include "probe.h"

#include <stdint.h>
#include <string.h>

#define SIDE "probe"

typedef void (*Deed)(PyObject *capsule, const char *name);

// The record tells what the destructor found and what error it left, `deed` included.
static void
record_destruction(const char *side, PyObject *capsule, Deed deed)
{
    PyObject *type, *value, *traceback;
    PyObject *entry = PyErr_Occurred();
    PyErr_Fetch(&type, &value, &traceback);
    const char *name = PyCapsule_GetName(capsule);
    Destruction *destruction = log_destroying(
        side, name, PyCapsule_GetPointer(capsule, name), PyCapsule_GetContext(capsule), entry);
    if (deed != NULL) {
        deed(capsule, name);
    }
    if (entry != NULL) {
        PyErr_Restore(type, value, traceback);
    }
    log_destroyed(destruction, PyErr_Occurred());
}

static void
destructor_record(PyObject *capsule)
{
    record_destruction(SIDE, capsule, NULL);
}

// A second one, to tell which of two destructors ran.
static void
destructor_other(PyObject *capsule)
{
    record_destruction(SIDE ".other", capsule, NULL);
}

static void
report(const char *function, int ok)
{
    log_call(SIDE, function, NULL, PyErr_Occurred(), ok);
}

static void
look(PyObject *capsule, const char *name)
{
    report("PyCapsule_IsValid", PyCapsule_IsValid(capsule, name));
    report("PyCapsule_GetDestructor", PyCapsule_GetDestructor(capsule) != NULL);
}

static void
destructor_looks(PyObject *capsule)
{
    record_destruction(SIDE, capsule, look);
}

static void
clear_itself(PyObject *capsule, const char *name)
{
    (void)name;
    report("PyCapsule_SetDestructor", PyCapsule_SetDestructor(capsule, NULL) == 0);
    report("PyCapsule_GetDestructor", PyCapsule_GetDestructor(capsule) == NULL);
}

static void
destructor_clears_itself(PyObject *capsule)
{
    record_destruction(SIDE, capsule, clear_itself);
}

static void
set_pointer(PyObject *capsule, const char *name)
{
    void *pointer = (void *)(uintptr_t)0x3000;
    report("PyCapsule_SetPointer", PyCapsule_SetPointer(capsule, pointer) == 0);
    report("PyCapsule_GetPointer", PyCapsule_GetPointer(capsule, name) == pointer);
}

static void
destructor_sets_pointer(PyObject *capsule)
{
    record_destruction(SIDE, capsule, set_pointer);
}

// The inner one dies before the outer one has returned.
static void
make_another(PyObject *capsule, const char *name)
{
    (void)capsule;
    PyObject *inner = PyCapsule_New((void *)(uintptr_t)0x3000, name, destructor_other);
    report("PyCapsule_New", inner != NULL);
    Py_XDECREF(inner);
}

static void
destructor_makes_another(PyObject *capsule)
{
    record_destruction(SIDE, capsule, make_another);
}

static void
run_python(PyObject *capsule, const char *name)
{
    (void)capsule;
    (void)name;
    PyObject *globals = PyDict_New();
    PyObject *result = NULL;
    if (globals != NULL
        && PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0) {
        result = PyRun_String("import sys; sys.ran_in_a_destructor = sum(range(4))",
                              Py_file_input, globals, globals);
    }
    report("PyRun_String", result != NULL);
    PyErr_Clear();      // at interpreter exit it fails, which the log says
    Py_XDECREF(result);
    Py_XDECREF(globals);
}

static void
destructor_runs_python(PyObject *capsule)
{
    record_destruction(SIDE, capsule, run_python);
}

static void
release(PyObject *capsule, const char *name)
{
    guard_release(PyCapsule_GetPointer(capsule, name));
}

static void
destructor_releases(PyObject *capsule)
{
    record_destruction(SIDE, capsule, release);
}

static const struct {
    const char *name;
    PyCapsule_Destructor function;
} destructors[] = {
    {"none", NULL},
    {"record", destructor_record},
    {"other", destructor_other},
    {"looks", destructor_looks},
    {"clears_itself", destructor_clears_itself},
    {"sets_pointer", destructor_sets_pointer},
    {"makes_another", destructor_makes_another},
    {"runs_python", destructor_runs_python},
    {"releases", destructor_releases},
};

int
as_destructor(PyObject *value, void *result)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(destructors); i++) {
        if (PyUnicode_Check(value)
            && PyUnicode_CompareWithASCIIString(value, destructors[i].name) == 0) {
            *(PyCapsule_Destructor *)result = destructors[i].function;
            return 1;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such destructor: %R", value);
    return 0;
}

const char *
destructor_name(PyCapsule_Destructor function)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(destructors); i++) {
        if (destructors[i].function == function) {
            return destructors[i].name;
        }
    }
    return "foreign";
}
