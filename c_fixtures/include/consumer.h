// A consumer that does everything right: it looks at nothing before the name is
// checked, keeps what it uses alive, and caches only success. `render` imports lazily.
//
// Hooks: take_pointer, refuse, accept_table, choose_table, sine, import_pointer, keep_owner,
// use_pointer, consume_capsule, move_batch, abandon, release_pointer, release_batch,
// fall_back, ready_table, on_import.
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

// Where the consumer's own work fails while it takes a payload over, if it does.
typedef enum {
    FAILS_NEVER,
    FAILS_BEFORE,       // it has the pointer, the capsule still owns what is there
    FAILS_AFTER,        // the capsule has given it up
} Failure;

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
#ifndef OVERRIDE_CONSUME_CAPSULE
#define consume_capsule default_consume_capsule
#endif
#ifndef OVERRIDE_MOVE_BATCH
#define move_batch default_move_batch
#endif
#ifndef OVERRIDE_ABANDON
#define abandon default_abandon
#endif
#ifndef OVERRIDE_RELEASE_POINTER
#define release_pointer default_release_pointer
#endif
#ifndef OVERRIDE_RELEASE_BATCH
#define release_batch default_release_batch
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

// Takes the payload over: afterwards the capsule is called `used_name`.
static void *consume_capsule(PyObject *capsule, const char *name, const char *used_name,
                             Failure fails);

// Moves a batch out of a capsule into `mine`: 0, or -1 and an error.
static int move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails);

// Puts right what a failure interrupted; `ours` says whether the capsule had given up.
static void abandon(void *pointer, const char *kind, int ours);

// Ends a payload that was taken over.
static void release_pointer(void *pointer);

// Ends a batch that was moved out: 0, or -1 and an error.
static int release_batch(Batch *batch);

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

// True with an error set if nothing is left of the batch.
static inline int
is_released(const Batch *batch)
{
    if (batch->release == NULL) {
        PyErr_SetString(PyExc_ValueError, "this payload was released");
        return 1;
    }
    return 0;
}

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

// Fails if it is to: 0, or -1 and an error.
static inline int
fail(Failure fails, void *pointer, const char *kind)
{
    if (fails == FAILS_NEVER) {
        return 0;
    }
    abandon(pointer, kind, fails == FAILS_AFTER);
    PyErr_NoMemory();
    return -1;
}

static inline void *
default_consume_capsule(PyObject *capsule, const char *name, const char *used_name,
                        Failure fails)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    void *pointer = NULL;
    // One step for other threads, or two of them take the same payload.
    lock(&busy);
    if (traced_is_valid(capsule, name)) {
        pointer = traced_get_pointer(capsule, name);
        if (fails != FAILS_BEFORE) {
            traced_set_name(capsule, used_name);
        }
    }
    unlock(&busy);
    if (pointer == NULL) {
        return take_pointer(capsule, name);
    }
    return fail(fails, pointer, "handle") < 0 ? NULL : pointer;
}

static inline int
default_move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    Batch *theirs = take_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    lock(&busy);
    *mine = *theirs;
    if (fails != FAILS_BEFORE) {
        theirs->release = NULL;
    }
    unlock(&busy);
    return is_released(mine) ? -1 : fail(fails, mine, "batch");
}

static inline void
default_abandon(void *pointer, const char *kind, int ours)
{
    // What the capsule still owns, its destructor releases.
    if (!ours) {
        return;
    }
    if (strcmp(kind, "batch") == 0) {
        release_batch(pointer);
    }
    else {
        release_pointer(pointer);
    }
}

static inline void
default_release_pointer(void *pointer)
{
    DbHandle *handle = pointer;
    handle->release(handle);
}

static inline int
default_release_batch(Batch *batch)
{
    if (is_released(batch)) {
        return -1;
    }
    batch->release(batch);
    return 0;
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

// Verbs ----------------------------------------------------------------------------

// "O&" converter, so that a case with a misspelt kind does not read as opaque.
static inline int
as_kind(PyObject *value, void *result)
{
    static const char *const kinds[] = {"function", "table", "handle", "batch", "opaque"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, kinds[i]) == 0) {
            *(const char **)result = kinds[i];
            return 1;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such kind: %R", value);
    return 0;
}

// "O&" converter.
static inline int
as_failure(PyObject *value, void *result)
{
    static const char *const words[] = {"never", "before", "after"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(words); i++) {
        if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, words[i]) == 0) {
            *(Failure *)result = (Failure)i;
            return 1;
        }
    }
    PyErr_Format(PyExc_ValueError, "it fails never, before or after, not %R", value);
    return 0;
}

// [address, kind, owner]; the address becomes 0 when the payload is released, but
// that of a batch, which says so itself. Steals `owner`.
static inline PyObject *
new_taken(void *pointer, const char *kind, PyObject *owner)
{
    return Py_BuildValue("[NsN]", PyLong_FromVoidPtr(pointer), kind, owner);
}

static inline void *
taken_pointer(PyObject *taken, const char **kind)
{
    PyObject *word = PyList_GetItem(taken, 1);
    if (word == NULL || !as_kind(word, kind)) {
        return NULL;
    }
    void *pointer = PyLong_AsVoidPtr(PyList_GetItem(taken, 0));
    if (pointer == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "this payload was released");
    }
    return pointer;
}

static inline PyObject *
verb_take(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name, *kind;
    if (!PyArg_ParseTuple(args, "OO&O&:take", &capsule, as_name, &name, as_kind, &kind)) {
        return NULL;
    }
    const void *pointer = take_pointer(capsule, name);
    if (pointer != NULL && strcmp(kind, "table") == 0) {
        pointer = choose_table(pointer);
    }
    return pointer == NULL ? NULL : new_taken((void *)pointer, kind, keep_owner(capsule));
}

static inline PyObject *
verb_import_capsule(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name, *kind;
    int no_block = 0;
    if (!PyArg_ParseTuple(args, "yO&|i:import_capsule", &name, as_kind, &kind, &no_block)) {
        return NULL;
    }
    PyObject *capsule, *taken = NULL;
    const void *pointer = import_pointer(name, no_block, &capsule);
    if (pointer == NULL) {
        return NULL;
    }
    if (strcmp(kind, "table") == 0) {
        pointer = choose_table(pointer);
    }
    if (pointer != NULL) {
        taken = new_taken((void *)pointer, kind, keep_owner(capsule));
    }
    Py_DECREF(capsule);
    return taken;
}

static inline PyObject *
verb_use(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *taken;
    const char *kind;
    if (!PyArg_ParseTuple(args, "O!:use", &PyList_Type, &taken)) {
        return NULL;
    }
    void *pointer = taken_pointer(taken, &kind);
    return pointer == NULL ? NULL : use_pointer(pointer, kind);
}

// A used name must live as long as any capsule, so each is kept once, for ever.
static inline const char *
lasting_name(const char *name)
{
    typedef struct Name {
        struct Name *next;
        char text[];
    } Name;
    static Name *names;
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    lock(&busy);
    Name *found = names;
    while (found != NULL && strcmp(found->text, name) != 0) {
        found = found->next;
    }
    if (found == NULL) {
        found = malloc(sizeof *found + strlen(name) + 1);
        if (found != NULL) {
            strcpy(found->text, name);
            found->next = names;
            names = found;
        }
    }
    unlock(&busy);
    return found == NULL ? NULL : found->text;
}

static inline PyObject *
verb_consume(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name, *used_name;
    Failure fails;
    if (!PyArg_ParseTuple(args, "OO&yO&:consume", &capsule, as_name, &name, &used_name,
                          as_failure, &fails)) {
        return NULL;
    }
    used_name = lasting_name(used_name);
    if (used_name == NULL) {
        return PyErr_NoMemory();
    }
    void *pointer = consume_capsule(capsule, name, used_name, fails);
    if (pointer == NULL) {
        return NULL;
    }
    Py_INCREF(Py_None);
    PyObject *taken = new_taken(pointer, "handle", Py_None);
    if (taken == NULL) {
        abandon(pointer, "handle", 1);
    }
    return taken;
}

static inline PyObject *
verb_move(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name;
    Failure fails;
    if (!PyArg_ParseTuple(args, "OO&O&:move", &capsule, as_name, &name, as_failure, &fails)) {
        return NULL;
    }
    // The batch moves into memory that goes when nobody holds it any more.
    PyObject *memory = PyByteArray_FromStringAndSize(NULL, sizeof(Batch));
    if (memory == NULL) {
        return NULL;
    }
    Batch *mine = (void *)PyByteArray_AsString(memory);
    if (move_batch(capsule, name, mine, fails) < 0) {
        Py_DECREF(memory);
        return NULL;
    }
    Py_INCREF(memory);      // for the case that there is no list to hold it
    PyObject *taken = new_taken(mine, "batch", memory);
    if (taken == NULL) {
        abandon(mine, "batch", 1);
    }
    Py_DECREF(memory);
    return taken;
}

static inline PyObject *
verb_release(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *taken;
    const char *kind;
    if (!PyArg_ParseTuple(args, "O!:release", &PyList_Type, &taken)) {
        return NULL;
    }
    void *pointer = taken_pointer(taken, &kind);
    if (pointer != NULL && strcmp(kind, "batch") == 0) {
        if (release_batch(pointer) < 0) {
            return NULL;
        }
        Py_RETURN_NONE;
    }
    PyObject *nothing = PyLong_FromLong(0);
    if (pointer == NULL || nothing == NULL) {
        Py_XDECREF(nothing);
        return NULL;
    }
    PyList_SetItem(taken, 0, nothing);
    release_pointer(pointer);
    Py_RETURN_NONE;
}

static inline PyObject *
verb_render(PyObject *module, PyObject *x)
{
    double value = PyFloat_AsDouble(x);
    if (value == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    const Table *table = ready_table(PyModule_GetState(module));
    return table == NULL ? NULL : PyFloat_FromDouble(sine(table)(value));
}

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address)")},
    {"take", verb_take, METH_VARARGS,
     PyDoc_STR("take(capsule, name, kind) -> [address, kind, owner]")},
    {"import_capsule", verb_import_capsule, METH_VARARGS,
     PyDoc_STR("import_capsule(name, kind, no_block=0) -> [address, kind, owner]")},
    {"use", verb_use, METH_VARARGS, PyDoc_STR("use(taken) -> float, int or None")},
    {"consume", verb_consume, METH_VARARGS,
     PyDoc_STR("consume(capsule, name, used_name, fails) -> [address, kind, None]")},
    {"move", verb_move, METH_VARARGS,
     PyDoc_STR("move(capsule, name, fails) -> [address, kind, memory]")},
    {"release", verb_release, METH_VARARGS, PyDoc_STR("release(taken)")},
    {"render", verb_render, METH_O, PyDoc_STR("render(x) -> float")},
    {NULL, NULL, 0, NULL},
};

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
