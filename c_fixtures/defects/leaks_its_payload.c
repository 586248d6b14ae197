//! role    = "producer"
//! summary = "Has a destructor that frees the name and forgets the payload"
//! breaks  = [
//!     "destructor::producer_frees_its_payload_once",
//!     "destructor::producer_releases_what_it_opened",
//!     "destructor::producer_frees_in_a_garbage_cycle",
//!     "destructor::producer_frees_on_any_thread",
//!     "destructor::producer_survives_interpreter_exit",
//!     "destructor::producer_rounds_grow_nothing",
//! ]
//!
//! [[produces]]
//! attribute = "leaks_its_payload._C_API"

// As in https://github.com/pytorch/pytorch/pull/9297.

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    Owned *owned = owned_by(capsule, 0);
    if (owned != NULL) {
        owned->payload = NULL;
    }
    default_clean_up(capsule);
}
