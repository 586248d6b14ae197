//! role    = "producer"
//! summary = "Hands a capsule out around what another capsule owns, and keeps nothing alive"
//! breaks  = ["lifetime::producer_keeps_whose_payload_it_lends"]
//!
//! [[produces]]
//! attribute = "lends_without_the_owner._C_API"

#define OVERRIDE_KEEP_LENDER
#include "producer.h"

static PyObject *
keep_lender(PyObject *Py_UNUSED(lender))
{
    return NULL;
}
