//! role    = "consumer"
//! summary = "Moves a batch out and forgets to release it"
//! breaks  = ["consume_once::moved_batch_is_released_once"]

#define OVERRIDE_RELEASE_BATCH
#include "consumer.h"

static int
release_batch(Batch *batch)
{
    if (is_released(batch)) {
        return -1;
    }
    batch->release = NULL;
    return 0;
}
