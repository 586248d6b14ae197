//! role    = "producer"
//! summary = "Holds a lock over the whole destructor, in which another capsule of its may die"
//! breaks  = ["destructor::producer_destructor_may_end_another_capsule"]
//!
//! [[produces]]
//! attribute = "locks_while_it_lets_go._C_API"

#define OVERRIDE_CLEAN_UP
#include "producer.h"

static void
clean_up(PyObject *capsule)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    // The lock is not recursive, and its holder is further up this very stack: to wait
    // for it is to wait for ever. Who tests this has no time for that.
    if (atomic_flag_test_and_set(&busy)) {
        abort();
    }
    default_clean_up(capsule);
    unlock(&busy);
}
