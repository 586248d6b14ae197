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
free_names(Owned *owned)
{
    release(owned->name);
    release(owned->renamed);
}

static inline void
remember(Owned *owned, PyObject *capsule)
{
    owned->capsule = capsule;
    lock(&owners_busy);
    // What a capsule without a destructor had is never freed, as nobody says when; so its entry stays
    // too, and no leak is reported. Only its address is somebody else's now.
    for (Owned *dead = owners; dead != NULL; dead = dead->next) {
        if (dead->capsule == capsule) {
            dead->capsule = NULL;
        }
    }
    owned->next = owners;
    owners = owned;
    unlock(&owners_busy);
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

#include "producer_verbs.h"

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
