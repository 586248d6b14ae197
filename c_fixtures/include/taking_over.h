// How a consumer takes a payload over, by a rename or by a move, and how it ends one.
//
// Hooks: consume_capsule, move_batch, abandon, release_pointer, release_batch.

#ifndef TAKING_OVER_H
#define TAKING_OVER_H

// Where the consumer's own work fails while it takes a payload over, if it does.
typedef enum {
    FAILS_NEVER,
    FAILS_BEFORE,       // it has the pointer, the capsule still owns what is there
    FAILS_AFTER,        // the capsule has given it up
} Failure;

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

#endif
