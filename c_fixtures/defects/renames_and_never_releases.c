//! role    = "consumer"
//! summary = "Takes a payload over and forgets to release it"
//! breaks  = [
//!   "consume_once::consumed_payload_is_released_once",
//!   "consume_once::failed_consumption_releases_once",
//! ]

// As in https://github.com/NVIDIA/cudf/pull/5212 and https://github.com/cupy/cupy/pull/1445.

#define OVERRIDE_RELEASE_POINTER
#include "consumer.h"

static void
release_pointer(void *Py_UNUSED(pointer))
{
}
