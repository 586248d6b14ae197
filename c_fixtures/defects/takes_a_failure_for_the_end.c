//! role    = "consumer"
//! summary = "Ends with what it has when a stream fails"
//! breaks  = ["protocols::call_reports_a_failing_stream"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "takes_a_failure_for_the_end.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_CHECK
#include "importer.h"

static int
check(ArrowStream *Py_UNUSED(stream), int Py_UNUSED(error))
{
    return 0;
}
