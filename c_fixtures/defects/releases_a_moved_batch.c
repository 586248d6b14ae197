//! role    = "producer"
//! summary = "Its destructor releases a batch that was moved out"
//! breaks  = ["consume_once::producer_leaves_a_moved_batch_alone"]
//!
//! [[produces]]
//! attribute = "releases_a_moved_batch._C_API"

#define OVERRIDE_END_BATCH
#include "producer.h"

static void
end_batch(Batch *batch)
{
    release_batch(batch);
}
