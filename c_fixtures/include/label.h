// How consumers take a capsule whose name stands for the version and is no import path:
// WANTED is where it is, WANTED_NAME what it has to be called. Included behind consumer.h,
// with one hook more: agreed_name.

#ifndef LABEL_H
#define LABEL_H

#ifndef OVERRIDE_AGREED_NAME
#define agreed_name default_agreed_name
#endif

// The name to ask the capsule for its pointer with, or NULL if it has not the right one.
static const char *agreed_name(PyObject *capsule);

static inline const char *
default_agreed_name(PyObject *capsule)
{
    return traced_is_valid(capsule, WANTED_NAME) ? WANTED_NAME : NULL;
}

// The name is read for the message alone; a capsule may have none.
static inline void
wrong_name(PyObject *capsule)
{
    const char *found = PyCapsule_CheckExact(capsule) ? traced_get_name(capsule) : NULL;
    PyErr_Format(PyExc_ImportError, "%s needs \"%s\" at %s, found \"%s\"", MODULE_NAME,
                 WANTED_NAME, WANTED, found == NULL ? "nothing of a name" : found);
}

// The pointer of the capsule at a path, if it is the right one.
static void *
import_pointer(const char *path, int Py_UNUSED(no_block), PyObject **owner)
{
    PyObject *capsule = find_object(path);
    *owner = NULL;
    if (capsule == NULL) {
        refuse(PyExc_AttributeError, path);
        return NULL;
    }
    const char *name = agreed_name(capsule);
    if (name == NULL) {
        wrong_name(capsule);
        Py_DECREF(capsule);
        return NULL;
    }
    *owner = capsule;
    return take_pointer(capsule, name);
}

#endif
