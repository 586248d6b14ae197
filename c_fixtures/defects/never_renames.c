//! role    = "consumer"
//! summary = "Takes a payload over and leaves the capsule its name"
//! breaks  = [
//!   "consume_once::call_refuses_what_it_took",
//!   "consume_once::call_renames_what_it_took",
//!   "consume_once::consumed_payload_is_released_once",
//!   "consume_once::consumer_refuses_a_consumed_capsule",
//!   "consume_once::failed_consumption_releases_once",
//!   "consume_once::used_name_lives_as_long_as_the_capsule",
//! ]
//!
//! [[consumes]]
//! name      = "mydb.handle"
//! call      = "never_renames.consume({capsule}, b'mydb.handle', b'used_mydb.handle', 'never')"
//! good      = "fast_math.make('handle', b'mydb.handle', None, True, False)"
//! once      = true
//! used_name = "used_mydb.handle"
//! failure   = ["TypeError"]

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

static void *
consume_capsule(PyObject *capsule, const char *name, const char *Py_UNUSED(used_name),
                Failure fails)
{
    void *pointer = take_pointer(capsule, name);
    return pointer == NULL || fail(fails, pointer, "handle") < 0 ? NULL : pointer;
}
