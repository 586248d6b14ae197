// Its destructor asks by the agreed name whatever the capsule is called, and leaves the refusal.

#include "opener.h"

static void
end_with_an_error(PyObject *capsule)
{
    void *handle = PyCapsule_GetPointer(capsule, NAME);
    if (handle != NULL) {
        close_handle(handle);
    }
}

OPENS_WITH(end_with_an_error)
OPENER(opens_and_leaves_an_error)
