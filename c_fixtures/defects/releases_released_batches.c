//! role    = "consumer"
//! summary = "Calls the callback of a batch without a look at whether there is one"
//! breaks  = ["consume_once::consumer_does_not_release_twice"]

// As in https://github.com/jorgecarleitao/arrow2/issues/1501.

#define OVERRIDE_RELEASE_BATCH
#include "consumer.h"

static int
release_batch(Batch *batch)
{
    batch->release(batch);
    return 0;
}
