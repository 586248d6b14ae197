//! role    = "producer"
//! summary = "A tensor of one dimension has no shape"
//! breaks  = ["protocols::producer_fills_its_struct"]
//!
//! [[produces]]
//! factory  = "leaves_the_shape_out.tensor()"
//! name     = "dltensor"
//! releases = "leaves_the_shape_out.exported()"
//!
//! [[produces]]
//! factory  = "leaves_the_shape_out.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "leaves_the_shape_out.exported()"

#define OVERRIDE_TENSOR_OF
#include "exporter.h"

static Tensor
tensor_of(Exported *made)
{
    Tensor tensor = default_tensor_of(made);
    tensor.shape = NULL;
    return tensor;
}
