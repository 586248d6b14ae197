// Imports the table of datetime when it is called: with and without a look at what came of it.

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <datetime.h>

static PyObject *
careful(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyDateTime_IMPORT;
    return PyDateTimeAPI == NULL ? NULL : PyDate_FromDate(2000, 1, 1);
}

static PyObject *
careless(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyDateTime_IMPORT;
    return PyDate_FromDate(2000, 1, 1);
}

static PyMethodDef methods[] = {
    {"careful", careful, METH_NOARGS, NULL},
    {"careless", careless, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "imports_datetime",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_imports_datetime(void)
{
    return PyModuleDef_Init(&definition);
}
