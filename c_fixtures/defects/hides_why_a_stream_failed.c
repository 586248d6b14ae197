//! role    = "consumer"
//! summary = "Says that a stream failed, and not what the stream says"
//! breaks  = ["protocols::call_tells_why_a_stream_failed"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "hides_why_a_stream_failed.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_COMPLAIN
#include "importer.h"

static void
complain(const char *Py_UNUSED(said), int error)
{
    default_complain(NULL, error);
}
