// What consumers of every version policy say in a refusal. Included behind consumer.h.

#ifndef POLICY_H
#define POLICY_H

// Raises the ImportError that names both versions; returns -1.
static inline int
wrong_version(unsigned major, unsigned minor, unsigned found_major, unsigned found_minor)
{
    PyErr_Format(PyExc_ImportError, "%s needs version %u.%u of %s, found version %u.%u",
                 MODULE_NAME, major, minor, WANTED, found_major, found_minor);
    return -1;
}

// 0 if none of the functions is NULL, else -1 and an ImportError.
static inline int
need_functions(MathFunction sin, MathFunction cos, MathFunction sqrt)
{
    if (sin != NULL && cos != NULL && sqrt != NULL) {
        return 0;
    }
    PyErr_Format(PyExc_ImportError, "%s lacks a function that %s needs", WANTED, MODULE_NAME);
    return -1;
}

#endif
