//! role    = "consumer"
//! summary = "Uses the wanted name as the format of its message"
//! breaks  = ["names::consumer_quotes_a_name_literally"]

#define OVERRIDE_REFUSE
#include "consumer.h"

static void
refuse(PyObject *expected, const char *name)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *text = name == NULL ? NULL : PyUnicode_FromFormat(name);
    PyObject *bytes = text == NULL ? NULL : PyUnicode_AsUTF8String(text);
    PyErr_Restore(type, value, traceback);
    default_refuse(expected, bytes == NULL ? name : PyBytes_AsString(bytes));
    Py_XDECREF(text);
    Py_XDECREF(bytes);
}
