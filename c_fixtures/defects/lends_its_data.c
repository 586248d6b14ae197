//! role    = "producer"
//! summary = "The numbers of a tensor go with its capsule"
//! breaks  = ["protocols::tensor_outlives_its_capsule"]
//!
//! [[produces]]
//! factory  = "lends_its_data.tensor()"
//! name     = "dltensor"
//! releases = "lends_its_data.exported()"
//!
//! [[produces]]
//! factory  = "lends_its_data.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "lends_its_data.exported()"

#define OVERRIDE_END_TENSOR
#include "exporter.h"

static void
end_tensor(PyObject *capsule)
{
    Exported *made = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
    made->data[0] = 0;
    default_end_tensor(capsule);
}
