//! role    = "consumer"
//! summary = "Lets other threads run between the look at the name and the rename"
//! breaks  = ["consume_once::concurrent_consumption_has_one_winner"]

#define OVERRIDE_CONSUME_CAPSULE
#include "consumer.h"

#include <time.h>

static void *
consume_capsule(PyObject *capsule, const char *name, const char *used_name, Failure fails)
{
    void *pointer = take_pointer(capsule, name);
    if (pointer == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    Py_END_ALLOW_THREADS
    traced_set_name(capsule, used_name);
    return fail(fails, pointer, "handle") < 0 ? NULL : pointer;
}
