// What module.h asks of a fixture that keeps nothing in its module.

#ifndef FIXTURE_STATELESS_H
#define FIXTURE_STATELESS_H

typedef struct {
    int unused;
} State;

static inline int
visit_state(State *Py_UNUSED(state), visitproc Py_UNUSED(visit), void *Py_UNUSED(arg))
{
    return 0;
}

static inline void
clear_state(State *Py_UNUSED(state))
{
}

static int
execute(PyObject *Py_UNUSED(module))
{
    return 0;
}

#endif
