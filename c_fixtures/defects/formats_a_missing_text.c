//! role    = "consumer"
//! summary = "Formats the text of a stream that gave none"
//! breaks  = ["protocols::call_reports_a_failing_stream"]
//!
//! [[consumes]]
//! name    = "arrow_array_stream"
//! call    = "formats_a_missing_text.stream({capsule})"
//! failure = ["ValueError", "OSError"]

#define OVERRIDE_COMPLAIN
#include "importer.h"

static void
complain(const char *said, int error)
{
    PyErr_Format(PyExc_OSError, "the stream failed with error %d: %s", error, said);
}
