// The instrument that is loaded beside the participants: raw capsule calls for runtime
// cases (calls.c), guarded memory, and the log that everything reports to. It states facts; what
// they should be is none of its business.

#define PY_SSIZE_T_CLEAN
#include "probe.h"

#include <dlfcn.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static const Instrument the_instrument = {
    .size = sizeof(Instrument),
    .call = log_call,
    .destroying = log_destroying,
    .destroyed = log_destroyed,
    .place = guard_place,
    .release = guard_release,
};

static PyObject *
mutate_name(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *text;
    if (!PyArg_ParseTuple(args, "Oy:mutate_name", &capsule, &text)) {
        return NULL;
    }
    char *name = (char *)PyCapsule_GetName(capsule);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (name == NULL || strlen(text) > strlen(name)) {
        PyErr_SetString(PyExc_ValueError, "the new name does not fit over the old one");
        return NULL;
    }
    memcpy(name, text, strlen(text) + 1);
    Py_RETURN_NONE;
}

// What is pending after a drop, and no longer afterwards: `none`, or the class of an error
// with `another` before it if it is not the very error that was pending before.
static PyObject *
take_pending_name(PyObject *before)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const char *another = before != NULL && type != NULL && value != before ? "another " : "";
    PyObject *name = PyUnicode_FromFormat("%s%s", another, log_error_name(type));
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return name;
}

// Drops the only reference while an error is pending, as an unwinding C function does.
// With None for the error nothing is pending.
static PyObject *
drop_with_error(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *list, *error;
    if (!PyArg_ParseTuple(args, "O!O:drop_with_error", &PyList_Type, &list, &error)) {
        return NULL;
    }
    PyObject *object = PyList_GetItem(list, 0);
    if (object == NULL) {
        return NULL;
    }
    Py_INCREF(object);
    if (PyList_SetSlice(list, 0, 1, NULL) < 0) {
        Py_DECREF(object);
        return NULL;
    }
    PyObject *before = NULL;
    if (error != Py_None) {
        before = PyObject_CallFunction(error, "s", "pending before the drop");
        if (before == NULL) {
            Py_DECREF(object);
            return NULL;
        }
        PyErr_SetObject(error, before);
    }
    Py_DECREF(object);
    PyObject *name = take_pending_name(before);
    Py_XDECREF(before);
    return name;
}

static PyObject *
place(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *bytes;
    Py_ssize_t size;
    int sealed = 0;
    if (!PyArg_ParseTuple(args, "y#|i:place", &bytes, &size, &sealed)) {
        return NULL;
    }
    void *address = guard_place("payload", bytes, (size_t)size, sealed);
    return address == NULL ? PyErr_NoMemory() : PyLong_FromVoidPtr(address);
}

static PyObject *
release(PyObject *Py_UNUSED(module), PyObject *args)
{
    void *address;
    if (!PyArg_ParseTuple(args, "O&:release", as_address, &address)) {
        return NULL;
    }
    return PyLong_FromLong(guard_release(address));
}

static PyObject *
read_memory(PyObject *Py_UNUSED(module), PyObject *args)
{
    void *address;
    Py_ssize_t size, offset = 0;
    if (!PyArg_ParseTuple(args, "O&n|n:read", as_address, &address, &size, &offset)) {
        return NULL;
    }
    return PyBytes_FromStringAndSize((const char *)address + offset, size);
}

static PyObject *
trap_address(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *slot;
    if (!PyArg_ParseTuple(args, "s:trap_address", &slot)) {
        return NULL;
    }
    double (*trap)(double) = trap_for(slot);
    if (trap == NULL) {
        return PyErr_Format(PyExc_ValueError, "no trap for slot '%s'", slot);
    }
    return PyLong_FromVoidPtr((void *)(uintptr_t)trap);
}

static PyObject *
answer_address(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned number;
    if (!PyArg_ParseTuple(args, "I:answer_address", &number)) {
        return NULL;
    }
    unsigned (*answer)(void) = answer_of(number);
    if (answer == NULL) {
        return PyErr_Format(PyExc_ValueError, "no function is left to answer with %u", number);
    }
    return PyLong_FromVoidPtr((void *)(uintptr_t)answer);
}

static PyObject *
become_subreaper(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
#ifdef __linux__
    return PyBool_FromLong(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
#else
    return PyBool_FromLong(0);
#endif
}

// Nothing of a module is executed: an import in a fork is a first import, without the work of the linker.
static PyObject *
map_only(PyObject *Py_UNUSED(module), PyObject *args)
{
    static void *mapped[8];
    PyObject *files;
    if (!PyArg_ParseTuple(args, "O!:map_only", &PyList_Type, &files)) {
        return NULL;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(mapped); i++) {
        if (mapped[i] != NULL) {
            dlclose(mapped[i]);
        }
        PyObject *file = (Py_ssize_t)i < PyList_Size(files) ? PyList_GetItem(files, (Py_ssize_t)i) : NULL;
        // What cannot be mapped is found again by whoever imports it.
        const char *name = file == NULL ? NULL : PyUnicode_AsUTF8(file);
        mapped[i] = name == NULL ? NULL : dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyObject *
open_log(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd;
    if (!PyArg_ParseTuple(args, "i:open_log", &fd)) {
        return NULL;
    }
    // Here and not at import: the fault handler belongs to whoever has the log.
    if (guard_start() < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    log_open(fd);
    Py_RETURN_NONE;
}

static PyObject *
instrument(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromVoidPtr((void *)&the_instrument);
}

static PyMethodDef methods[] = {
    {"open_log", open_log, METH_VARARGS,
     PyDoc_STR("open_log(fd): write records there from now on, faults included.")},
    {"instrument", instrument, METH_NOARGS,
     PyDoc_STR("instrument() -> address of the Instrument that participants bind.")},
    {"new", capsule_new, METH_VARARGS,
     PyDoc_STR("new(pointer, name, destructor='none', pending=None)")},
    {"get_pointer", capsule_get_pointer, METH_VARARGS,
     PyDoc_STR("get_pointer(object, name, pending=None) -> int")},
    {"get_name", capsule_get_name, METH_VARARGS,
     PyDoc_STR("get_name(object, pending=None) -> bytes or None")},
    {"get_name_address", capsule_get_name_address, METH_VARARGS,
     PyDoc_STR("get_name_address(object, pending=None) -> int")},
    {"get_context", capsule_get_context, METH_VARARGS,
     PyDoc_STR("get_context(object, pending=None) -> int")},
    {"get_destructor", capsule_get_destructor, METH_VARARGS,
     PyDoc_STR("get_destructor(object, pending=None) -> the name of one, or 'foreign'")},
    {"is_valid", capsule_is_valid, METH_VARARGS,
     PyDoc_STR("is_valid(object, name, pending=None) -> bool")},
    {"check_exact", capsule_check_exact, METH_VARARGS,
     PyDoc_STR("check_exact(object, pending=None) -> bool")},
    {"set_pointer", capsule_set_pointer, METH_VARARGS,
     PyDoc_STR("set_pointer(object, pointer, pending=None) -> status")},
    {"set_name", capsule_set_name, METH_VARARGS,
     PyDoc_STR("set_name(object, name, pending=None) -> status")},
    {"set_context", capsule_set_context, METH_VARARGS,
     PyDoc_STR("set_context(object, context, pending=None) -> status")},
    {"set_destructor", capsule_set_destructor, METH_VARARGS,
     PyDoc_STR("set_destructor(object, destructor, pending=None) -> status")},
    {"import_capsule", capsule_import, METH_VARARGS,
     PyDoc_STR("import_capsule(name, no_block=0, pending=None) -> int")},
    {"mutate_name", mutate_name, METH_VARARGS,
     PyDoc_STR("mutate_name(capsule, name): overwrite the name's bytes in place.")},
    {"drop_with_error", drop_with_error, METH_VARARGS,
     PyDoc_STR("drop_with_error(list, error or None) -> 'none', or the name of the error pending afterwards")},
    {"watch", watch_destructor, METH_O,
     PyDoc_STR("watch(capsule) -> whether it has a destructor, whose run will be recorded")},
    {"watch_release", protocol_watch_release, METH_O,
     PyDoc_STR("watch_release(capsule) -> its protocol; calls of its release callback are recorded")},
    {"take_over", protocol_take_over, METH_O,
     PyDoc_STR("take_over(capsule) -> the payload, taken as the protocol says")},
    {"give_back", protocol_give_back, METH_VARARGS,
     PyDoc_STR("give_back(taken, bare=0) -> whether there was a callback; bare: on a thread without an interpreter")},
    {"missing", protocol_missing, METH_O,
     PyDoc_STR("missing(capsule) -> the fields that a consumer needs and does not find")},
    {"first_element", protocol_first_element, METH_O,
     PyDoc_STR("first_element(taken) -> bytes, or None where they are out of reach")},
    {"read_stream", protocol_read_stream, METH_O,
     PyDoc_STR("read_stream(taken) -> {arrays, status, error}")},
    {"offer", protocol_offer, METH_VARARGS,
     PyDoc_STR("offer(name, state='good') -> a DLPack or Arrow capsule of the probe's own")},
    {"held", protocol_held, METH_NOARGS,
     PyDoc_STR("held() -> how much of what was offered is not given back")},
    {"failures", protocol_failures, METH_NOARGS,
     PyDoc_STR("failures() -> how often a stream that was offered has said that it failed")},
    {"place", place, METH_VARARGS,
     PyDoc_STR("place(payload, sealed=0) -> address on guarded pages")},
    {"release", release, METH_VARARGS,
     PyDoc_STR("release(address) -> how often it was released, 0 if never placed")},
    {"read", read_memory, METH_VARARGS,
     PyDoc_STR("read(address, size, offset=0) -> bytes")},
    {"trap_address", trap_address, METH_VARARGS,
     PyDoc_STR("trap_address(slot) -> address of a double(double) that must not be called")},
    {"trace", trace, METH_NOARGS,
     PyDoc_STR("trace() -> None: from now on every object's capsule calls are recorded; or why they cannot be")},
    {"set_fault", trace_set_fault, METH_VARARGS,
     PyDoc_STR("set_fault(function, nth, object, name=any): that call fails; no function is any but New, 0 every call")},
    {"drop_faults", trace_drop_faults, METH_NOARGS,
     PyDoc_STR("drop_faults() -> how many calls failed; no more will")},
    {"object_at", object_at, METH_O,
     PyDoc_STR("object_at(address) -> the file of the loaded object that holds it, or None")},
    {"destructor_at", destructor_at, METH_O,
     PyDoc_STR("destructor_at(capsule) -> (file, offset) of its destructor, or None")},
    {"interpreter_dict", interpreter_dict, METH_NOARGS,
     PyDoc_STR("interpreter_dict() -> what modules keep in this interpreter")},
    {"answer_address", answer_address, METH_VARARGS,
     PyDoc_STR("answer_address(number) -> address of an unsigned(void) that returns it")},
    {"become_subreaper", become_subreaper, METH_NOARGS,
     PyDoc_STR("become_subreaper() -> whether orphans now become our children")},
    {"map_only", map_only, METH_VARARGS,
     PyDoc_STR("map_only(files): maps shared objects and resolves their symbols, for all forks to come.")},
    {"serve", supervise_serve, METH_VARARGS,
     PyDoc_STR("serve(jobs, answers, log, bring, set, sweep) -> the text of a job in its own process, else None")},
    {NULL, NULL, 0, NULL},
};

// Runs after everything else, and only if the interpreter really shuts down.
static void
on_finalized(void)
{
    log_record("{\"event\":\"finalized\"}\n");
}

static int
execute(PyObject *module)
{
    static int at_exit_registered;
    if (!at_exit_registered && Py_AtExit(on_finalized) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no room for another exit function");
        return -1;
    }
    at_exit_registered = 1;
    ProbeState *state = PyModule_GetState(module);
    state->null = PyObject_CallObject((PyObject *)&PyBaseObject_Type, NULL);
    if (state->null == NULL) {
        return -1;
    }
    return PyObject_SetAttrString(module, "NULL", state->null);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    ProbeState *state = PyModule_GetState(module);
    if (state != NULL) {    // CPython 3.8 visits a module that has no state yet
        Py_VISIT(state->null);
    }
    return 0;
}

static int
clear(PyObject *module)
{
    ProbeState *state = PyModule_GetState(module);
    if (state != NULL) {
        Py_CLEAR(state->null);
    }
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)execute},
#ifdef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "capsule_probe",
    .m_doc = PyDoc_STR("Raw capsule calls, guarded memory and the log of the suite."),
    .m_size = sizeof(ProbeState),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
};

// Before 3.9 PyMODINIT_FUNC alone does not export.
__attribute__((visibility("default"))) PyMODINIT_FUNC
PyInit_capsule_probe(void)
{
    return PyModuleDef_Init(&definition);
}
