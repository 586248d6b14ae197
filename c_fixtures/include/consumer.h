// A consumer that does everything right: it looks at nothing before the name is
// checked, keeps what it uses alive, and caches only success. `render` imports lazily.
//
// Hooks: take_pointer, refuse, accept_table, choose_table, sine, import_pointer, keep_owner,
// use_pointer, fall_back, ready_table, on_import, and those of taking_over.h.
//
// A consumer of another table says before the include which one: WANTED, WANTED_TABLE, and
// an accept_table of its own.

#ifndef CONSUMER_H
#define CONSUMER_H

#define SIDE "consumer"
#include "participant.h"

// What `render` uses.
#ifndef WANTED
#define WANTED "fast_math._C_API"
#endif
#ifdef WANTED_TABLE
typedef WANTED_TABLE Table;
#else
typedef FastMathTable Table;
#define WANTED_VERSION 2    // the least one
#endif

typedef struct {
    const Table *table;     // NULL until a use succeeded
    PyObject *owner;        // keeps the table alive
} State;

#ifndef OVERRIDE_TAKE_POINTER
#define take_pointer default_take_pointer
#endif
#ifndef OVERRIDE_REFUSE
#define refuse default_refuse
#endif
#ifndef OVERRIDE_ACCEPT_TABLE
#define accept_table default_accept_table
#endif
#ifndef OVERRIDE_CHOOSE_TABLE
#define choose_table default_choose_table
#endif
#ifndef OVERRIDE_SINE
#define sine default_sine
#endif
#ifndef OVERRIDE_IMPORT_POINTER
#define import_pointer default_import_pointer
#endif
#ifndef OVERRIDE_KEEP_OWNER
#define keep_owner default_keep_owner
#endif
#ifndef OVERRIDE_USE_POINTER
#define use_pointer default_use_pointer
#endif
#ifndef OVERRIDE_FALL_BACK
#define fall_back default_fall_back
#endif
#ifndef OVERRIDE_READY_TABLE
#define ready_table default_ready_table
#endif
#ifndef OVERRIDE_ON_IMPORT
#define on_import default_on_import
#endif

// The pointer of a capsule that somebody handed over, or NULL and a TypeError.
static void *take_pointer(PyObject *capsule, const char *name);

// Turns a pending error of type `expected` into a TypeError with that cause; leaves
// any other error as it is.
static void refuse(PyObject *expected, const char *name);

// Whether this table can be used: 0, or -1 and an ImportError.
static int accept_table(const Table *table);

// The table to use: this one, or one that it leads to; NULL and an ImportError if there is none.
static const Table *choose_table(const Table *table);

// The function of a chosen table that `use` and `render` call.
static MathFunction sine(const Table *table);

// The pointer of the capsule at an import path, and a new reference to that capsule.
static void *import_pointer(const char *name, int no_block, PyObject **owner);

// A new reference to whatever must live as long as the capsule's pointer is used.
static PyObject *keep_owner(PyObject *capsule);

// A result that depends on what the pointer leads to.
static PyObject *use_pointer(void *pointer, const char *kind);

// What `render` uses when the import has failed: a table, or NULL and the error of
// that import, which is pending on entry.
static const Table *fall_back(void);

// The table for `render`, or NULL and an error.
static const Table *ready_table(State *state);

// Called once when the module is imported: 0, or -1 and an error.
static int on_import(PyObject *module);

static inline void *
default_take_pointer(PyObject *capsule, const char *name)
{
    void *pointer = traced_get_pointer(capsule, name);
    if (pointer == NULL) {
        refuse(PyExc_ValueError, name);
    }
    return pointer;
}

// Removes the pending error, with its traceback attached to it; a new reference.
static inline PyObject *
take_error(void)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(error, traceback);
    }
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return error;
}

// Gives the pending error a cause, and steals that.
static inline void
set_cause(PyObject *cause)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyException_SetCause(error, cause);
    PyErr_Restore(type, error, traceback);
}

static inline void
default_refuse(PyObject *expected, const char *name)
{
    if (!PyErr_ExceptionMatches(expected)) {
        return;
    }
    PyObject *cause = take_error();
    if (name == NULL) {
        PyErr_SetString(PyExc_TypeError, "expected a capsule without a name");
    }
    else {
        PyErr_Format(PyExc_TypeError, "expected a capsule named \"%s\"", name);
    }
    set_cause(cause);
}

#ifndef WANTED_TABLE
static inline int
default_accept_table(const Table *table)
{
    // The version says what the other fields mean, so it is read first.
    if (table->version < WANTED_VERSION) {
        PyErr_Format(PyExc_ImportError, "%s needs version %d of %s, found version %d",
                     MODULE_NAME, WANTED_VERSION, WANTED, (int)table->version);
        return -1;
    }
    if (table->sin == NULL || table->cos == NULL || table->sqrt == NULL) {
        PyErr_Format(PyExc_ImportError, "%s lacks a function that %s needs", WANTED, MODULE_NAME);
        return -1;
    }
    return 0;
}
#endif

static inline const Table *
default_choose_table(const Table *table)
{
    return accept_table(table) < 0 ? NULL : table;
}

static inline MathFunction
default_sine(const Table *table)
{
    return table->sin;
}

// The object at an import path; a new reference.
static inline PyObject *
find_object(const char *path)
{
    PyObject *text = PyUnicode_FromString(path);
    PyObject *dot = PyUnicode_FromString(".");
    PyObject *parts = text != NULL && dot != NULL ? PyUnicode_Split(text, dot, -1) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(dot);
    if (parts == NULL) {
        return NULL;
    }
    PyObject *object = PyImport_Import(PyList_GetItem(parts, 0));
    for (Py_ssize_t i = 1; object != NULL && i < PyList_Size(parts); i++) {
        PyObject *next = PyObject_GetAttr(object, PyList_GetItem(parts, i));
        Py_DECREF(object);
        object = next;
    }
    Py_DECREF(parts);
    return object;
}

static inline void *
default_import_pointer(const char *name, int no_block, PyObject **owner)
{
    *owner = NULL;
    if (traced_import(name, no_block) == NULL) {
        refuse(PyExc_AttributeError, name);
        return NULL;
    }
    // The import keeps nothing alive, so find the capsule and use its own pointer.
    PyObject *capsule = find_object(name);
    if (capsule == NULL) {
        refuse(PyExc_AttributeError, name);
        return NULL;
    }
    void *pointer = take_pointer(capsule, name);
    if (pointer == NULL) {
        Py_DECREF(capsule);
        return NULL;
    }
    *owner = capsule;
    return pointer;
}

static inline PyObject *
default_keep_owner(PyObject *capsule)
{
    Py_INCREF(capsule);
    return capsule;
}

#include "taking_over.h"

static inline PyObject *
default_use_pointer(void *pointer, const char *kind)
{
    if (strcmp(kind, "function") == 0) {
        return PyFloat_FromDouble(((MathFunction)(uintptr_t)pointer)(0.5));
    }
    if (strcmp(kind, "table") == 0) {
        return PyFloat_FromDouble(sine(pointer)(0.5));
    }
    if (strcmp(kind, "handle") == 0) {
        return PyLong_FromLongLong(((const DbHandle *)pointer)->value);
    }
    if (strcmp(kind, "batch") == 0) {
        const Batch *batch = pointer;
        return is_released(batch) ? NULL : PyLong_FromLongLong(*batch->resource);
    }
    Py_RETURN_NONE;     // opaque: nothing is known about it
}

static inline const Table *
default_fall_back(void)
{
    return NULL;
}

static inline const Table *
default_ready_table(State *state)
{
    if (state->table == NULL) {
        PyObject *capsule;
        const Table *table = import_pointer(WANTED, 0, &capsule);
        if (table == NULL) {
            return fall_back();
        }
        table = choose_table(table);
        if (table == NULL) {
            Py_DECREF(capsule);
            return fall_back();
        }
        Py_XDECREF(state->owner);
        state->owner = keep_owner(capsule);
        state->table = table;
        Py_DECREF(capsule);
    }
    return state->table;
}

static inline int
default_on_import(PyObject *Py_UNUSED(module))
{
    return 0;
}

#include "consumer_verbs.h"

static inline int
execute(PyObject *module)
{
    return on_import(module);
}

static inline int
visit_state(State *state, visitproc visit, void *arg)
{
    Py_VISIT(state->owner);
    return 0;
}

static inline void
clear_state(State *state)
{
    state->table = NULL;
    Py_CLEAR(state->owner);
}

#include "module.h"

#endif
