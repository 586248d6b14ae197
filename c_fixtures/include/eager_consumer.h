// A consumer that imports its table while it is imported itself: where that fails, so
// does the import, with an ImportError. `render` then need not look for the table.

#ifndef EAGER_CONSUMER_H
#define EAGER_CONSUMER_H

#define OVERRIDE_READY_TABLE
#ifndef OVERRIDE_ON_IMPORT
#define OVERRIDE_ON_IMPORT
#define on_import eager_on_import
#endif
#include "consumer.h"

static inline int
eager_on_import(PyObject *module)
{
    if (default_ready_table(PyModule_GetState(module)) != NULL) {
        return 0;
    }
    // An interrupt stays one.
    if (PyErr_ExceptionMatches(PyExc_Exception)) {
        PyObject *cause = take_error();
        PyErr_Format(PyExc_ImportError, "%s needs %s", MODULE_NAME, WANTED);
        set_cause(cause);
    }
    return -1;
}

static const FastMathTable *
ready_table(State *state)
{
    return state->table;
}

#endif
