// A producer that does everything right: it publishes `fast_sin` and `_C_API`, and makes
// capsules of any kind on request.
//
// Hooks: publish_capsule, published_table, payload_of_kind, new_capsule, change_pointer,
// rename_capsule, keep_lender, clean_up, free_payload, give_up, release_batch, end_batch,
// end_module.

#ifndef PRODUCER_H
#define PRODUCER_H

#define SIDE "producer"
#include "participant.h"

#include <math.h>

// What belongs to one capsule that `make` returned. Kept beside the capsule, as a
// holder may change its name, pointer and context, and a sealed payload is unreadable.
typedef struct Owned {
    struct Owned *next;
    PyObject *capsule;      // borrowed, for the search only
    char *name;             // the agreed one; under any other the payload is not ours
    char *renamed;          // what `rename` put in its place
    void *payload;
    int is_batch;
    PyObject *lender;       // whose payload it is, if it is borrowed
} Owned;

#ifndef OVERRIDE_PUBLISH_CAPSULE
#define publish_capsule default_publish_capsule
#endif
#ifndef OVERRIDE_PUBLISHED_TABLE
#define published_table default_published_table
#endif
#ifndef OVERRIDE_PAYLOAD_OF_KIND
#define payload_of_kind default_payload_of_kind
#endif
#ifndef OVERRIDE_NEW_CAPSULE
#define new_capsule default_new_capsule
#endif
#ifndef OVERRIDE_CHANGE_POINTER
#define change_pointer default_change_pointer
#endif
#ifndef OVERRIDE_RENAME_CAPSULE
#define rename_capsule default_rename_capsule
#endif
#ifndef OVERRIDE_KEEP_LENDER
#define keep_lender default_keep_lender
#endif
#ifndef OVERRIDE_CLEAN_UP
#define clean_up default_clean_up
#endif
#ifndef OVERRIDE_FREE_PAYLOAD
#define free_payload default_free_payload
#endif
#ifndef OVERRIDE_GIVE_UP
#define give_up default_give_up
#endif
#ifndef OVERRIDE_RELEASE_BATCH
#define release_batch default_release_batch
#endif
#ifndef OVERRIDE_END_BATCH
#define end_batch default_end_batch
#endif
#ifndef OVERRIDE_END_MODULE
#define end_module default_end_module
#endif

// Publishes `pointer` at import as module attribute `attribute`, under `name`.
static int publish_capsule(PyObject *module, const char *attribute, const char *name,
                           void *pointer);

// The table behind `_C_API`; it lives as long as the process.
static FastMathTable *published_table(void);

// A new payload: the bytes of `payload`, or what this kind holds by default.
static void *payload_of_kind(const char *kind, PyObject *payload, int sealed);

// Makes a capsule whose name and pointer the caller keeps alive.
static PyObject *new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor);

// Gives a capsule another pointer: 0, or nonzero and an error.
static int change_pointer(PyObject *capsule, void *pointer);

// Gives a capsule another name, which the caller keeps alive: 0, or -1 and an error.
static int rename_capsule(PyObject *capsule, const char *name);

// A new reference to what must live as long as a capsule that borrows from `lender`,
// or NULL if that is nothing.
static PyObject *keep_lender(PyObject *lender);

// The whole work of the destructor, except reporting it.
static void clean_up(PyObject *capsule);

// Ends a payload of `make`; also what a handle's `release` does.
static void free_payload(void *payload);

// Frees what a capsule would have owned, had it come to be.
static void give_up(Owned *owned);

// The function that goes with a batch, for whoever owns it.
static void release_batch(Batch *batch);

// Ends a batch that lies in a capsule which dies.
static void end_batch(Batch *batch);

// Called when the module dies; its capsules may live on.
static void end_module(void);

static inline double
fast_sin(double x)
{
    return sin(x);
}

static inline double
fast_cos(double x)
{
    return cos(x);
}

static inline double
fast_sqrt(double x)
{
    return sqrt(x);
}

static inline int
default_publish_capsule(PyObject *module, const char *attribute, const char *name, void *pointer)
{
    PyObject *capsule = new_capsule(pointer, name, NULL);
    if (capsule == NULL) {
        return -1;
    }
    int status = PyObject_SetAttrString(module, attribute, capsule);
    Py_DECREF(capsule);
    return status;
}

static inline FastMathTable *
default_published_table(void)
{
    static FastMathTable table = {fast_sin, fast_cos, fast_sqrt, FAST_MATH_VERSION};
    return &table;
}

static inline PyObject *
default_new_capsule(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    return traced_new(pointer, name, destructor);
}

static inline int
default_change_pointer(PyObject *capsule, void *pointer)
{
    return traced_set_pointer(capsule, pointer);
}

static inline int
default_rename_capsule(PyObject *capsule, const char *name)
{
    return traced_set_name(capsule, name);
}

static inline PyObject *
default_keep_lender(PyObject *lender)
{
    Py_INCREF(lender);
    return lender;
}

static inline void
default_end_module(void)
{
}

// Ownership ------------------------------------------------------------------------

static Owned *owners;
static atomic_flag owners_busy = ATOMIC_FLAG_INIT;
static atomic_int live_payloads;

static inline void
remember(Owned *owned, PyObject *capsule)
{
    owned->capsule = capsule;
    lock(&owners_busy);
    owned->next = owners;
    owners = owned;
    unlock(&owners_busy);
}

// Returns what belongs to the capsule, or NULL; with `forget` the caller takes it over.
static inline Owned *
owned_by(PyObject *capsule, int forget)
{
    lock(&owners_busy);
    Owned **link = &owners;
    while (*link != NULL && (*link)->capsule != capsule) {
        link = &(*link)->next;
    }
    Owned *found = *link;
    if (found != NULL && forget) {
        *link = found->next;
    }
    unlock(&owners_busy);
    return found;
}

static inline void
default_free_payload(void *payload)
{
    if (payload != NULL && release(payload) == 1) {
        live_payloads--;
    }
}

static inline void
default_release_batch(Batch *batch)
{
    if (release(batch->resource) == 1) {
        live_payloads--;
    }
    batch->release = NULL;      // tells every holder of this struct
}

static inline void
default_end_batch(Batch *batch)
{
    // A consumer that moved the batch out has cleared this.
    if (batch->release != NULL) {
        batch->release(batch);
    }
}

static inline void
end_payload(Owned *owned)
{
    if (owned->is_batch && owned->payload != NULL) {
        end_batch(owned->payload);
    }
    free_payload(owned->payload);
}

static inline void
free_names(Owned *owned)
{
    release(owned->name);
    release(owned->renamed);
}

static inline void
default_give_up(Owned *owned)
{
    end_payload(owned);
    free_names(owned);
    Py_XDECREF(owned->lender);
}

static inline void
default_clean_up(PyObject *capsule)
{
    // An error that is pending belongs to whoever drops the capsule.
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Owned *owned = owned_by(capsule, 1);
    if (owned != NULL) {
        // A consumer that took the payload has renamed the capsule.
        if (traced_is_valid(capsule, owned->name)) {
            end_payload(owned);
        }
        free_names(owned);
        PyObject *lender = owned->lender;
        free(owned);
        // Runs another destructor of ours, if nobody else holds that capsule.
        Py_XDECREF(lender);
    }
    PyErr_Restore(type, value, traceback);
}

static inline void
destroy(PyObject *capsule)
{
    // These reads serve the report alone: untraced, and a success keeps a pending error.
    const char *name = PyCapsule_GetName(capsule);
    Destruction *destruction = instrument == NULL ? NULL : instrument->destroying(
        SIDE, name, PyCapsule_GetPointer(capsule, name), PyCapsule_GetContext(capsule),
        PyErr_Occurred());
    clean_up(capsule);
    if (destruction != NULL) {
        instrument->destroyed(destruction, PyErr_Occurred());
    }
}

// Verbs ----------------------------------------------------------------------------

static inline PyObject *
verb_functions(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("{sNsNsN}",
                         "sin", PyLong_FromVoidPtr((void *)(uintptr_t)fast_sin),
                         "cos", PyLong_FromVoidPtr((void *)(uintptr_t)fast_cos),
                         "sqrt", PyLong_FromVoidPtr((void *)(uintptr_t)fast_sqrt));
}

static inline PyObject *
verb_open_handles(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(live_payloads);
}

static inline void *
place_payload(const void *bytes, size_t size, int sealed)
{
    void *payload = place("payload", bytes, size, sealed);
    if (payload != NULL) {
        live_payloads++;
    }
    return payload;
}

static inline void *
place_batch(int sealed)
{
    const int64_t value = BATCH_VALUE;
    Batch batch = {release_batch, place("resource", &value, sizeof value, 0)};
    if (batch.resource == NULL) {
        return NULL;
    }
    live_payloads++;
    void *payload = place_payload(&batch, sizeof batch, sealed);
    if (payload == NULL) {
        release_batch(&batch);
    }
    return payload;
}

static inline void *
default_payload_of_kind(const char *kind, PyObject *payload, int sealed)
{
    const DbHandle handle = {DB_HANDLE_MAGIC, DB_HANDLE_VALUE, free_payload};
    if (payload != Py_None) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(payload, &bytes, &size) < 0) {
            return NULL;
        }
        return place_payload(bytes, (size_t)size, sealed);
    }
    if (strcmp(kind, "table") == 0) {
        return place_payload(published_table(), sizeof(FastMathTable), sealed);
    }
    if (strcmp(kind, "handle") == 0) {
        return place_payload(&handle, sizeof handle, sealed);
    }
    if (strcmp(kind, "batch") == 0) {
        return place_batch(sealed);
    }
    PyErr_Format(PyExc_ValueError, "no such kind: %s", kind);
    return NULL;
}

static inline char *
place_name(const char *name)
{
    return name == NULL ? NULL : place("name", name, strlen(name) + 1, 0);
}

static inline PyObject *
verb_make(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *kind, *name;
    PyObject *payload;
    int with_destructor, sealed;
    if (!PyArg_ParseTuple(args, "sO&Opp:make", &kind, as_name, &name, &payload,
                          &with_destructor, &sealed)) {
        return NULL;
    }
    PyObject *capsule = NULL;
    Owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return PyErr_NoMemory();
    }
    int is_function = strcmp(kind, "function") == 0;
    if (!is_function) {
        owned->payload = payload_of_kind(kind, payload, sealed);
        owned->is_batch = payload == Py_None && strcmp(kind, "batch") == 0;
    }
    if (is_function || owned->payload != NULL) {
        owned->name = place_name(name);
        if (name == NULL || owned->name != NULL) {
            void *pointer = is_function ? (void *)(uintptr_t)fast_sin : owned->payload;
            capsule = new_capsule(pointer, owned->name, with_destructor ? destroy : NULL);
        }
    }
    if (capsule == NULL) {
        give_up(owned);
        free(owned);
        return NULL;
    }
    remember(owned, capsule);
    return capsule;
}

// A capsule that cannot be made: everything it should own stays with the producer.
static inline PyObject *
verb_make_null(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    PyObject *payload;
    if (!PyArg_ParseTuple(args, "O&O:make_null", as_name, &name, &payload)) {
        return NULL;
    }
    Owned owned = { .payload = payload_of_kind("handle", payload, 0), .name = place_name(name) };
    PyObject *capsule = NULL;
    if (!PyErr_Occurred()) {
        capsule = new_capsule(NULL, owned.name, destroy);
    }
    if (capsule == NULL) {
        give_up(&owned);
    }
    return capsule;
}

static inline PyObject *
verb_rename(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *name;
    if (!PyArg_ParseTuple(args, "OO&:rename", &capsule, as_name, &name)) {
        return NULL;
    }
    char *copy = place_name(name);
    if (name != NULL && copy == NULL) {
        return NULL;
    }
    if (rename_capsule(capsule, copy) != 0) {
        release(copy);
        return NULL;
    }
    // The name of a capsule that is not ours simply lives for ever.
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        release(owned->renamed);
        owned->renamed = copy;
    }
    Py_RETURN_NONE;
}

// What the new capsule leads to is not its own, so it keeps alive whose it is.
static inline PyObject *
verb_lend(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *lender;
    const char *name;
    if (!PyArg_ParseTuple(args, "OO&:lend", &lender, as_name, &name)) {
        return NULL;
    }
    Owned *lent = owned_by(lender, 0);
    if (lent == NULL) {
        return PyErr_Format(PyExc_ValueError, "this capsule is not one of ours");
    }
    Owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *capsule = NULL;
    owned->name = place_name(name);
    owned->lender = keep_lender(lender);
    if (name == NULL || owned->name != NULL) {
        capsule = new_capsule(lent->payload, owned->name, destroy);
    }
    if (capsule == NULL) {
        give_up(owned);
        free(owned);
        return NULL;
    }
    remember(owned, capsule);
    return capsule;
}

static inline PyObject *
verb_set_pointer(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule, *payload;
    if (!PyArg_ParseTuple(args, "OO:set_pointer", &capsule, &payload)) {
        return NULL;
    }
    void *pointer = NULL;
    if (payload != Py_None) {
        pointer = payload_of_kind("handle", payload, 0);
        if (pointer == NULL) {
            return NULL;
        }
    }
    if (change_pointer(capsule, pointer) != 0) {
        free_payload(pointer);
        return NULL;
    }
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        end_payload(owned);
        owned->payload = pointer;
        owned->is_batch = 0;
    }
    Py_RETURN_NONE;
}

static inline PyObject *
verb_set_context(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule, *context;
    if (!PyArg_ParseTuple(args, "OO:set_context", &capsule, &context)) {
        return NULL;
    }
    void *value = PyLong_AsVoidPtr(context);
    if (PyErr_Occurred() || traced_set_context(capsule, value) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static inline PyObject *
verb_set_destructor(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *capsule;
    const char *which;
    if (!PyArg_ParseTuple(args, "Os:set_destructor", &capsule, &which)) {
        return NULL;
    }
    int clean = strcmp(which, "clean") == 0;
    if (!clean && strcmp(which, "none") != 0) {
        return PyErr_Format(PyExc_ValueError, "no such destructor: %s", which);
    }
    if (traced_set_destructor(capsule, clean ? destroy : NULL) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bind", verb_bind, METH_O, PyDoc_STR("bind(address)")},
    {"functions", verb_functions, METH_NOARGS,
     PyDoc_STR("functions() -> addresses of sin, cos and sqrt")},
    {"open_handles", verb_open_handles, METH_NOARGS,
     PyDoc_STR("open_handles() -> how many payloads are alive")},
    {"make", verb_make, METH_VARARGS,
     PyDoc_STR("make(kind, name, payload, destructor, sealed) -> capsule")},
    {"make_null", verb_make_null, METH_VARARGS, PyDoc_STR("make_null(name, payload)")},
    {"rename", verb_rename, METH_VARARGS, PyDoc_STR("rename(capsule, name)")},
    {"lend", verb_lend, METH_VARARGS, PyDoc_STR("lend(capsule, name) -> capsule")},
    {"set_pointer", verb_set_pointer, METH_VARARGS, PyDoc_STR("set_pointer(capsule, payload)")},
    {"set_context", verb_set_context, METH_VARARGS, PyDoc_STR("set_context(capsule, context)")},
    {"set_destructor", verb_set_destructor, METH_VARARGS,
     PyDoc_STR("set_destructor(capsule, 'clean' or 'none')")},
    {NULL, NULL, 0, NULL},
};

static inline int
execute(PyObject *module)
{
    if (publish_capsule(module, "fast_sin", MODULE_NAME ".fast_sin",
                        (void *)(uintptr_t)fast_sin) < 0) {
        return -1;
    }
    return publish_capsule(module, "_C_API", MODULE_NAME "._C_API", published_table());
}

typedef struct {
    int has_ended;
} State;

static inline int
visit_state(State *Py_UNUSED(state), visitproc Py_UNUSED(visit), void *Py_UNUSED(arg))
{
    return 0;
}

// A module may be cleared before it is freed, and ends once.
static inline void
clear_state(State *state)
{
    if (!state->has_ended) {
        state->has_ended = 1;
        end_module();
    }
}

#include "module.h"

#endif
