//! role    = "producer"
//! summary = "Builds a table for the call that makes the capsule, and frees it at the end of that call"
//! breaks  = ["destructor::producer_frees_its_payload_once"]
//!
//! [[produces]]
//! attribute = "frees_its_table_early._C_API"

#define OVERRIDE_PAYLOAD_OF_KIND
#include "producer.h"

static void *
payload_of_kind(const char *kind, PyObject *payload, int sealed)
{
    void *made = default_payload_of_kind(kind, payload, sealed);
    if (made != NULL && strcmp(kind, "table") == 0) {
        free_payload(made);
    }
    return made;
}
