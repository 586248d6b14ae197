//! role    = "producer"
//! summary = "The end of a stream is an error"
//! breaks  = ["protocols::stream_can_be_read_to_its_end"]
//!
//! [[produces]]
//! factory  = "fails_at_the_end_of_its_stream.stream()"
//! name     = "arrow_array_stream"
//! releases = "fails_at_the_end_of_its_stream.exported()"

#define OVERRIDE_STREAM_NEXT
#include "exporter.h"

static int
stream_next(ArrowStream *self, ArrowArray *out)
{
    return *(int *)self->private_data == 0 ? ERANGE : default_stream_next(self, out);
}
