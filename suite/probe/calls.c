// The capsule calls themselves, one watched call each: what a case gives them, what they
// answer, and the error indicator on both sides of it.

#include "probe.h"

#include <string.h>

#define SIDE "probe"

// Arguments ---------------------------------------------------------------------

// The object itself, or NULL for the sentinel.
static PyObject *
object_from(PyObject *module, PyObject *value)
{
    ProbeState *state = PyModule_GetState(module);
    return value == state->null ? NULL : value;
}

// "O&" converter: an int is an address, None is NULL.
int
as_address(PyObject *value, void *result)
{
    void *address = value == Py_None ? NULL : PyLong_AsVoidPtr(value);
    if (address == NULL && PyErr_Occurred()) {
        return 0;
    }
    *(void **)result = address;
    return 1;
}

// "O&" converter: bytes are a name, an int is the address of one, None is the NULL name.
static int
as_name(PyObject *value, void *result)
{
    char *name = NULL;
    if (value == Py_None || PyLong_Check(value)) {
        return as_address(value, result);
    }
    if (PyBytes_AsStringAndSize(value, &name, NULL) < 0) {
        return 0;
    }
    *(const char **)result = name;
    return 1;
}

// A capsule keeps the pointer to its name, so bytes given away as one live for ever.
static int
as_lasting_name(PyObject *value, void *result)
{
    const char *name = NULL;
    if (!as_name(value, &name)) {
        return 0;
    }
    if (name != NULL && PyBytes_Check(value)) {
        name = guard_place("name", name, strlen(name) + 1, 0);
        if (name == NULL) {
            PyErr_NoMemory();
            return 0;
        }
    }
    *(const char **)result = name;
    return 1;
}

// One watched call ----------------------------------------------------------------

// Every raw call goes begin, call, end, answer. With a `pending` exception type that
// error is set just before the call, and the answer tells what was pending after it.
typedef struct {
    const char *function;
    PyObject *pending;
    PyObject *before;
    PyObject *after;    // the name of the error type, only with `pending`
} Watch;

static Watch
begin(const char *function, PyObject *pending)
{
    Watch watch = { .function = function, .pending = pending == Py_None ? NULL : pending };
    if (watch.pending != NULL) {
        PyErr_SetString(watch.pending, "pending before the call");
    }
    watch.before = PyErr_Occurred();
    return watch;
}

// Returns zero if the call's error is to be raised.
static int
end(Watch *watch, int ok)
{
    PyObject *after = PyErr_Occurred();
    log_call(SIDE, watch->function, watch->before, after, ok);
    if (watch->pending == NULL) {
        return after == NULL;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    watch->after = PyUnicode_FromString(log_error_name(type));
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return watch->after != NULL;
}

// Steals `result`.
static PyObject *
answer(Watch *watch, PyObject *result)
{
    if (watch->pending == NULL || result == NULL) {
        Py_CLEAR(watch->after);
        return result;
    }
    return Py_BuildValue("{sNsN}", "result", result, "after", watch->after);
}

static PyObject *
new_none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

PyObject *
capsule_new(PyObject *Py_UNUSED(module), PyObject *args)
{
    void *pointer;
    const char *name;
    PyCapsule_Destructor destructor = NULL;
    PyObject *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O&O&|O&O:new", as_address, &pointer, as_lasting_name, &name,
                          as_destructor, &destructor, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_New", pending);
    PyObject *capsule = PyCapsule_New(pointer, name, destructor);
    if (!end(&watch, capsule != NULL)) {
        Py_XDECREF(capsule);
        return NULL;
    }
    return answer(&watch, capsule != NULL ? capsule : new_none());
}

PyObject *
capsule_get_pointer(PyObject *module, PyObject *args)
{
    const char *name;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:get_pointer", &object, as_name, &name, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_GetPointer", pending);
    void *pointer = PyCapsule_GetPointer(object_from(module, object), name);
    return end(&watch, pointer != NULL) ? answer(&watch, PyLong_FromVoidPtr(pointer)) : NULL;
}

// For these getters NULL may be a success; nothing changed means that it was one.
static int
kept_error(const Watch *watch)
{
    return PyErr_Occurred() == watch->before;
}

static PyObject *
name_as_bytes(const void *name)
{
    return name == NULL ? new_none() : PyBytes_FromString(name);
}

static PyObject *
name_as_address(const void *name)
{
    return PyLong_FromVoidPtr((void *)name);
}

static PyObject *
read_name(PyObject *module, PyObject *args, PyObject *(*convert)(const void *))
{
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O|O:get_name", &object, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_GetName", pending);
    const char *name = PyCapsule_GetName(object_from(module, object));
    return end(&watch, kept_error(&watch)) ? answer(&watch, convert(name)) : NULL;
}

PyObject *
capsule_get_name(PyObject *module, PyObject *args)
{
    return read_name(module, args, name_as_bytes);
}

PyObject *
capsule_get_name_address(PyObject *module, PyObject *args)
{
    return read_name(module, args, name_as_address);
}

PyObject *
capsule_get_context(PyObject *module, PyObject *args)
{
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O|O:get_context", &object, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_GetContext", pending);
    void *context = PyCapsule_GetContext(object_from(module, object));
    return end(&watch, kept_error(&watch)) ? answer(&watch, PyLong_FromVoidPtr(context)) : NULL;
}

PyObject *
capsule_get_destructor(PyObject *module, PyObject *args)
{
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O|O:get_destructor", &object, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_GetDestructor", pending);
    PyCapsule_Destructor destructor = PyCapsule_GetDestructor(object_from(module, object));
    return end(&watch, kept_error(&watch))
        ? answer(&watch, PyUnicode_FromString(destructor_name(destructor)))
        : NULL;
}

PyObject *
capsule_is_valid(PyObject *module, PyObject *args)
{
    const char *name;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:is_valid", &object, as_name, &name, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_IsValid", pending);
    int valid = PyCapsule_IsValid(object_from(module, object), name);
    // "Not valid" is an answer, not a failure.
    return end(&watch, 1) ? answer(&watch, PyBool_FromLong(valid)) : NULL;
}

PyObject *
capsule_check_exact(PyObject *module, PyObject *args)
{
    PyObject *value, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O|O:check_exact", &value, &pending)) {
        return NULL;
    }
    PyObject *object = object_from(module, value);
    Watch watch = begin("PyCapsule_CheckExact", pending);
    int exact = PyCapsule_CheckExact(object);
    return end(&watch, 1) ? answer(&watch, PyBool_FromLong(exact)) : NULL;
}

static PyObject *
status_of(Watch *watch, int status)
{
    return end(watch, status == 0) ? answer(watch, PyLong_FromLong(status)) : NULL;
}

PyObject *
capsule_set_pointer(PyObject *module, PyObject *args)
{
    void *pointer;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:set_pointer", &object, as_address, &pointer, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_SetPointer", pending);
    return status_of(&watch, PyCapsule_SetPointer(object_from(module, object), pointer));
}

PyObject *
capsule_set_name(PyObject *module, PyObject *args)
{
    const char *name;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:set_name", &object, as_lasting_name, &name, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_SetName", pending);
    return status_of(&watch, PyCapsule_SetName(object_from(module, object), name));
}

PyObject *
capsule_set_context(PyObject *module, PyObject *args)
{
    void *context;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:set_context", &object, as_address, &context, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_SetContext", pending);
    return status_of(&watch, PyCapsule_SetContext(object_from(module, object), context));
}

PyObject *
capsule_set_destructor(PyObject *module, PyObject *args)
{
    PyCapsule_Destructor destructor;
    PyObject *object, *pending = Py_None;
    if (!PyArg_ParseTuple(args, "OO&|O:set_destructor", &object, as_destructor, &destructor,
                          &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_SetDestructor", pending);
    return status_of(&watch, PyCapsule_SetDestructor(object_from(module, object), destructor));
}

PyObject *
capsule_import(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    int no_block = 0;
    PyObject *pending = Py_None;
    if (!PyArg_ParseTuple(args, "O&|iO:import_capsule", as_name, &name, &no_block, &pending)) {
        return NULL;
    }
    Watch watch = begin("PyCapsule_Import", pending);
    void *pointer = PyCapsule_Import(name, no_block);
    return end(&watch, pointer != NULL) ? answer(&watch, PyLong_FromVoidPtr(pointer)) : NULL;
}
