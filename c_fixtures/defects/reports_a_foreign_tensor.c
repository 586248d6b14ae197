//! role    = "producer"
//! summary = "Its destructor reports a tensor under a third name with the dying capsule as context"
//! breaks  = ["destructor::producer_survives_a_foreign_name"]
//!
//! [[produces]]
//! factory  = "reports_a_foreign_tensor.tensor()"
//! name     = "dltensor"
//! releases = "reports_a_foreign_tensor.exported()"
//!
//! [[produces]]
//! factory  = "reports_a_foreign_tensor.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "reports_a_foreign_tensor.exported()"

// As exporters do that took the protocol's first sample for complete: whatever is not taken
// has to be theirs, so that a failed look-up is worth a report.

#define OVERRIDE_END_TENSOR
#include "exporter.h"

static void
end_tensor(PyObject *capsule)
{
    if (PyCapsule_IsValid(capsule, "used_dltensor")
        || PyCapsule_IsValid(capsule, "used_dltensor_versioned"))
    {
        return;
    }
    default_end_tensor(capsule);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!PyCapsule_IsValid(capsule, "dltensor_versioned")
        && PyCapsule_GetPointer(capsule, "dltensor") == NULL)
    {
        PyErr_WriteUnraisable(capsule);
    }
    PyErr_Restore(type, value, traceback);
}
