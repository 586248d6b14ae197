//! role    = "producer"
//! summary = "A released struct of Arrow's looks as if it were not"
//! breaks  = ["protocols::release_clears_itself"]
//!
//! [[produces]]
//! factory  = "leaves_its_release_set.schema()"
//! name     = "arrow_schema"
//! releases = "leaves_its_release_set.exported()"
//!
//! [[produces]]
//! factory  = "leaves_its_release_set.array()"
//! name     = "arrow_array"
//! releases = "leaves_its_release_set.exported()"
//!
//! [[produces]]
//! factory  = "leaves_its_release_set.stream()"
//! name     = "arrow_array_stream"
//! releases = "leaves_its_release_set.exported()"

#define OVERRIDE_MARKS_RELEASED
#include "exporter.h"

static int
marks_released(void)
{
    return 0;
}
