//! role    = "producer"
//! summary = "Makes one handle, and a capsule that frees it for everybody who asks"
//! breaks  = [
//!     "destructor::producer_gives_each_capsule_its_own_payload",
//!     "destructor::producer_ends_each_capsule_by_itself",
//! ]
//!
//! [[produces]]
//! attribute = "shares_its_payload._C_API"

#define OVERRIDE_PAYLOAD_OF_KIND
#include "producer.h"

static void *
payload_of_kind(const char *kind, PyObject *payload, int sealed)
{
    static void *handle;
    if (payload != Py_None || strcmp(kind, "handle") != 0) {
        return default_payload_of_kind(kind, payload, sealed);
    }
    if (handle == NULL) {
        handle = default_payload_of_kind(kind, payload, sealed);
    }
    return handle;
}
