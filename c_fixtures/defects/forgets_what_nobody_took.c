//! role    = "producer"
//! summary = "Its destructors give nothing back"
//! breaks  = ["protocols::producer_gives_back_what_nobody_took"]
//!
//! [[produces]]
//! factory  = "forgets_what_nobody_took.tensor()"
//! name     = "dltensor"
//! releases = "forgets_what_nobody_took.exported()"
//!
//! [[produces]]
//! factory  = "forgets_what_nobody_took.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "forgets_what_nobody_took.exported()"
//!
//! [[produces]]
//! factory  = "forgets_what_nobody_took.schema()"
//! name     = "arrow_schema"
//! releases = "forgets_what_nobody_took.exported()"
//!
//! [[produces]]
//! factory  = "forgets_what_nobody_took.array()"
//! name     = "arrow_array"
//! releases = "forgets_what_nobody_took.exported()"
//!
//! [[produces]]
//! factory  = "forgets_what_nobody_took.stream()"
//! name     = "arrow_array_stream"
//! releases = "forgets_what_nobody_took.exported()"

#define OVERRIDE_END_TENSOR
#define OVERRIDE_GIVES_BACK
#include "exporter.h"

static void
end_tensor(PyObject *Py_UNUSED(capsule))
{
}

static int
gives_back(void)
{
    return 0;
}
