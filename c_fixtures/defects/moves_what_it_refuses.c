//! role    = "consumer"
//! summary = "Clears the callback of a batch before it looks at the capsule's name"
//! breaks  = ["consume_once::refusal_does_not_move"]

#define OVERRIDE_MOVE_BATCH
#include "consumer.h"

static int
move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    int refused = PyCapsule_CheckExact(capsule) && !traced_is_valid(capsule, name);
    Batch *theirs = refused ? traced_get_pointer(capsule, traced_get_name(capsule)) : NULL;
    if (theirs != NULL) {
        theirs->release = NULL;
    }
    return default_move_batch(capsule, name, mine, fails);
}
