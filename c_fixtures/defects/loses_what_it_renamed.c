//! role    = "consumer"
//! summary = "Forgets the payload if something fails after the capsule gave it up"
//! breaks  = [
//!   "consume_once::failed_consumption_releases_once",
//!   "consume_once::failed_move_releases_once",
//! ]

#define OVERRIDE_ABANDON
#include "consumer.h"

static void
abandon(void *Py_UNUSED(pointer), const char *Py_UNUSED(kind), int Py_UNUSED(ours))
{
}
