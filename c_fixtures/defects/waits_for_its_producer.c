//! role     = "consumer"
//! summary  = "Takes a module that is not there for one that is about to come"
//! breaks   = ["import_chain::consumer_survives"]
//! exercise = "waits_for_its_producer.render(1.0)"
//! result   = 0.8414709848078965
//!
//! [[consumes]]
//! capsule  = "fast_math._C_API"
//! trigger  = "waits_for_its_producer.render(1.0)"
//! failure  = ["ImportError", "TypeError"]

#define OVERRIDE_READY_TABLE
#include "consumer.h"

#include <time.h>

static const FastMathTable *
ready_table(State *state)
{
    PyObject *module;
    while ((module = PyImport_ImportModule("fast_math")) == NULL
           && PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) {
        PyErr_Clear();
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        Py_END_ALLOW_THREADS
    }
    if (module == NULL) {
        return NULL;
    }
    Py_DECREF(module);
    return default_ready_table(state);
}
