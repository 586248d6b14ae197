//! role    = "consumer"
//! summary = "Owns the payload before the capsule has given it up"
//! breaks  = [
//!   "consume_once::failed_consumption_releases_once",
//!   "consume_once::failed_move_releases_once",
//! ]

// As in https://github.com/pytorch/pytorch/pull/56789.

#define OVERRIDE_ABANDON
#include "consumer.h"

static void
abandon(void *pointer, const char *kind, int Py_UNUSED(ours))
{
    default_abandon(pointer, kind, 1);
}
