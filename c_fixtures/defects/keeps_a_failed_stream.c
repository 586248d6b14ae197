//! role    = "consumer"
//! summary = "Gives a stream back only if it did not fail"
//! breaks  = ["protocols::call_reports_a_failing_stream"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "keeps_a_failed_stream.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_STAYS
#include "importer.h"

static int
stays(int failed)
{
    return failed;
}
