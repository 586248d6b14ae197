// The tracer's part that takes the interpreter's headers: the pending error, the exceptions of
// faults, the modules that are loaded, and what the worker calls.

#define PY_SSIZE_T_CLEAN
#include "probe.h"
#include "trace/trace.h"

#include <string.h>

#if TRACE_SUPPORTED

// Asked first, always: without a thread state PyErr_Occurred may follow a NULL pointer.
int
trace_python_holds(void)
{
    return PyGILState_Check();
}

const char *
trace_python_error(void)
{
    return log_error_name(PyErr_Occurred());
}

// The very texts of the interpreter, which are the same in all versions.
void
trace_python_raise(Function function, const char *name)
{
    switch (function) {
    case CALL_NEW:
        PyErr_NoMemory();
        break;
    case CALL_IS_VALID:
        break;
    case CALL_GET_POINTER:
        PyErr_SetString(PyExc_ValueError, "PyCapsule_GetPointer called with incorrect name");
        break;
    case CALL_IMPORT:
        PyErr_Format(PyExc_AttributeError, "PyCapsule_Import \"%s\" is not valid",
                     name == NULL ? "" : name);
        break;
    default:
        PyErr_Format(PyExc_ValueError, "%s called with invalid PyCapsule object", trace_function_name(function));
    }
}

// An extension announces itself: module and file, before the file is opened.
static int
hear(const char *event, PyObject *args, void *unused)
{
    (void)unused;
    if (strcmp(event, "import") != 0 || !PyTuple_Check(args) || PyTuple_GET_SIZE(args) < 2) {
        return 0;
    }
    PyObject *module = PyTuple_GET_ITEM(args, 0), *file = PyTuple_GET_ITEM(args, 1);
    if (PyUnicode_Check(module) && PyUnicode_Check(file)) {
        const char *name = PyUnicode_AsUTF8(module);
        PyObject *path = name == NULL ? NULL : PyUnicode_EncodeFSDefault(file);
        if (path != NULL) {
            trace_write_extension(name, PyBytes_AS_STRING(path));
            Py_DECREF(path);
        }
        PyErr_Clear();
    }
    return 0;
}

static int
listen(void)
{
    static int listening;
    if (!listening && PySys_AddAuditHook(hear, NULL) < 0) {
        return -1;
    }
    listening = 1;
    return 0;
}

#else

static int
listen(void)
{
    return 0;
}

int
trace_fail(Function function, const char *object, WhichName which, const char *name, long nth)
{
    (void)function, (void)object, (void)which, (void)name, (void)nth;
    return -1;
}

long
trace_forgive(void)
{
    return 0;
}

Function
trace_function_named(const char *name)
{
    (void)name;
    return CALL_COUNT;
}

#endif

PyObject *
trace(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    if (listen() < 0) {
        return NULL;
    }
    const char *reason = trace_start();
    return Py_BuildValue("z", reason);
}

PyObject *
trace_set_fault(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *function_name, *object, *name = NULL;
    PyObject *wanted = NULL;
    long nth;
    if (!PyArg_ParseTuple(args, "slz|O", &function_name, &nth, &object, &wanted)) {
        return NULL;
    }
    Function function = trace_function_named(function_name);
    if (function == CALL_DLOPEN || (function == CALL_COUNT && function_name[0] != '\0')) {
        return PyErr_Format(PyExc_ValueError, "no traced function: %s", function_name);
    }
    WhichName which = wanted == NULL ? ANY_NAME : wanted == Py_None ? NULL_NAME : THIS_NAME;
    if (which == THIS_NAME && (name = PyBytes_AsString(wanted)) == NULL) {
        return NULL;
    }
    if (trace_fail(function, object, which, name, nth) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no room for another fault");
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
trace_drop_faults(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    return PyLong_FromLong(trace_forgive());
}
