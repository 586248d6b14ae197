//! role    = "consumer"
//! summary = "Moves a batch out and leaves its callback in the capsule"
//! breaks  = [
//!   "consume_once::consumer_refuses_a_moved_batch",
//!   "consume_once::moved_batch_is_released_once",
//! ]

#define OVERRIDE_MOVE_BATCH
#include "consumer.h"

static int
move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    const Batch *theirs = take_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    *mine = *theirs;
    return is_released(mine) ? -1 : fail(fails, mine, "batch");
}
