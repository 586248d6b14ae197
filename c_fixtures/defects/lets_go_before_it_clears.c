//! role    = "consumer"
//! summary = "Lets other threads run between the copy of a batch and the clearing of its callback"
//! breaks  = ["consume_once::concurrent_moves_have_one_winner"]

#define OVERRIDE_MOVE_BATCH
#include "consumer.h"

#include <time.h>

static int
move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    Batch *theirs = take_pointer(capsule, name);
    if (theirs == NULL) {
        return -1;
    }
    *mine = *theirs;
    if (is_released(mine)) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    Py_END_ALLOW_THREADS
    theirs->release = NULL;
    return fail(fails, mine, "batch");
}
