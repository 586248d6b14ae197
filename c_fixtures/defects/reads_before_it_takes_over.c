//! role    = "consumer"
//! summary = "Looks whether a payload is worth being taken over before it checks the name"
//! breaks  = [
//!   "wrong_name::consumer_does_not_read_what_it_refuses_to_consume",
//!   "wrong_name::consumer_does_not_read_what_it_refuses_to_move",
//! ]

#define OVERRIDE_CONSUME_CAPSULE
#define OVERRIDE_MOVE_BATCH
#include "consumer.h"

// Whether the payload begins with anything but zeros.
static int
is_worth_it(PyObject *capsule)
{
    if (!PyCapsule_CheckExact(capsule)) {
        return 0;
    }
    const volatile int64_t *first = traced_get_pointer(capsule, traced_get_name(capsule));
    return first != NULL && *first != 0;
}

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    (void)is_worth_it(capsule);
    return default_consume_capsule(capsule, name, used_name, fails);
}

static int
move_batch(PyObject *capsule, const char *name, Batch *mine, Failure fails)
{
    (void)is_worth_it(capsule);
    return default_move_batch(capsule, name, mine, fails);
}
