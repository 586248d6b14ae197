// What the probe gives to participants: one log for every fact, and memory that
// notices when it is touched too early, too late or past its end.
//
// A participant gets the address of an Instrument through its verb `bind` and may
// use it for as long as the process lives, from any thread that holds the
// interpreter. The functions never raise and never change a pending error.
// Rust fixtures repeat this struct with repr(C); fields are only ever appended.

#ifndef CAPSULE_INSTRUMENT_H
#define CAPSULE_INSTRUMENT_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

// A destructor in progress; made by `destroying`, used up by `destroyed`.
typedef struct Destruction Destruction;

typedef struct Instrument {
    // sizeof(Instrument) where the probe was compiled; `bind` refuses a smaller one.
    uint32_t size;

    // Records one finished call of the capsule API. `side` is "producer",
    // "consumer" or "probe", `function` the C name such as "PyCapsule_New".
    // `before` and `after` are what PyErr_Occurred() returned around the call,
    // `ok` is zero if the function reported failure.
    void (*call)(const char *side, const char *function, PyObject *before,
                 PyObject *after, int ok);

    // Records one run of a capsule destructor, in two steps because the name may
    // be gone at the end. `destroying` is called first, with what the destructor
    // sees (`name` may be NULL) and the pending error; `destroyed` last, with the
    // error that is pending then, and only it writes the record.
    Destruction *(*destroying)(const char *side, const char *name,
                               const void *pointer, const void *context,
                               PyObject *entry);
    void (*destroyed)(Destruction *destruction, PyObject *leave);

    // Copies `size` bytes to pages of their own, so that they end exactly where an
    // inaccessible page begins (the start is aligned only as far as `size` allows).
    // `what` is "payload", "name" or "resource"; a name's size includes its NUL. With `sealed`
    // 1 nobody may read the bytes either, with 2 nobody may write to them. Returns NULL if
    // there is no room.
    void *(*place)(const char *what, const void *bytes, size_t size, int sealed);

    // Gives up what `place` returned: the pages stay inaccessible for ever.
    // Returns how often this block was released, so 2 is a double free (recorded,
    // not performed), or 0 if the address is not one of `place`.
    int (*release)(const void *address);
} Instrument;

#endif
