//! role    = "consumer"
//! summary = "Ends the process while it is imported, with a status that looks like success"
//! breaks  = ["import_chain::plain_import"]

#include <unistd.h>

#define OVERRIDE_ON_IMPORT
#include "consumer.h"

static int
on_import(PyObject *Py_UNUSED(module))
{
    _exit(0);
}
