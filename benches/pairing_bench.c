// What the bench measures inside an interpreter: bare forks, and calls of one C function
// through a capsule's table and through Python.

#include <Python.h>

#include "fast_math.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Forks without the interpreter's preparations, which is all a process can cost here at least.
static PyObject *
bare_forks(PyObject *Py_UNUSED(module), PyObject *args)
{
    int times;
    if (!PyArg_ParseTuple(args, "i:bare_forks", &times)) {
        return NULL;
    }
    PyObject *durations = PyList_New(0);
    for (int i = 0; durations != NULL && i < times; i++) {
        double begun = nanoseconds();
        pid_t pid = fork();
        if (pid == 0) {
            _exit(0);
        }
        waitpid(pid, NULL, 0);
        PyObject *duration = PyFloat_FromDouble(nanoseconds() - begun);
        if (duration == NULL || PyList_Append(durations, duration) < 0) {
            Py_CLEAR(durations);
        }
        Py_XDECREF(duration);
    }
    return durations;
}

static PyObject *
through_capsule(PyObject *Py_UNUSED(module), PyObject *args)
{
    int times;
    if (!PyArg_ParseTuple(args, "i:through_capsule", &times)) {
        return NULL;
    }
    const FastMathTable *table = PyCapsule_Import("fast_math._C_API", 0);
    if (table == NULL) {
        return NULL;
    }
    // The sum is returned, so that no call can be left out.
    double sum = 0, begun = nanoseconds();
    for (int i = 0; i < times; i++) {
        sum += table->sin(i);
    }
    return Py_BuildValue("dd", (nanoseconds() - begun) / times, sum);
}

static PyObject *
through_python(PyObject *Py_UNUSED(module), PyObject *args)
{
    int times;
    PyObject *function;
    if (!PyArg_ParseTuple(args, "Oi:through_python", &function, &times)) {
        return NULL;
    }
    double sum = 0, begun = nanoseconds();
    for (int i = 0; i < times; i++) {
        PyObject *result = PyObject_CallFunction(function, "d", (double)i);
        if (result == NULL) {
            return NULL;
        }
        sum += PyFloat_AsDouble(result);
        Py_DECREF(result);
    }
    return Py_BuildValue("dd", (nanoseconds() - begun) / times, sum);
}

static PyMethodDef methods[] = {
    {"bare_forks", bare_forks, METH_VARARGS, PyDoc_STR("bare_forks(times) -> nanoseconds of each")},
    {"through_capsule", through_capsule, METH_VARARGS,
     PyDoc_STR("through_capsule(times) -> nanoseconds of one call, and a sum")},
    {"through_python", through_python, METH_VARARGS,
     PyDoc_STR("through_python(function, times) -> nanoseconds of one call, and a sum")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pairing_bench",
    .m_methods = methods,
};

// Before 3.9 PyMODINIT_FUNC alone does not export.
__attribute__((visibility("default"))) PyMODINIT_FUNC
PyInit_pairing_bench(void)
{
    return PyModuleDef_Init(&definition);
}
