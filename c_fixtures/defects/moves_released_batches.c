//! role    = "consumer"
//! summary = "Moves a batch out without a look at whether there is one"
//! breaks  = ["consume_once::consumer_refuses_a_moved_batch"]

#define OVERRIDE_MOVE_BATCH
#include "consumer.h"

static int
move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    Batch *theirs = take_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    if (theirs->release != NULL) {
        return default_move_batch(capsule, name, mine, fails);
    }
    *mine = *theirs;
    return 0;
}
