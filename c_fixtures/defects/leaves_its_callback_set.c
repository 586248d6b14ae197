//! role    = "producer"
//! summary = "The callback of its batches does not say that it ran"
//! breaks  = ["consume_once::release_callback_clears_itself"]
//!
//! [[produces]]
//! attribute = "leaves_its_callback_set._C_API"

// As in https://github.com/apache/arrow-nanoarrow/pull/203.

#define OVERRIDE_RELEASE_BATCH
#include "producer.h"

static void
release_batch(Batch *batch)
{
    default_release_batch(batch);
    batch->release = release_batch;
}
