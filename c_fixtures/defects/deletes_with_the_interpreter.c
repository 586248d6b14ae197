//! role    = "producer"
//! summary = "Its deleter needs a thread that the interpreter knows"
//! breaks  = ["protocols::payload_can_be_given_back_on_any_thread"]
//!
//! [[produces]]
//! factory  = "deletes_with_the_interpreter.tensor()"
//! name     = "dltensor"
//! releases = "deletes_with_the_interpreter.exported()"
//!
//! [[produces]]
//! factory  = "deletes_with_the_interpreter.versioned_tensor()"
//! name     = "dltensor_versioned"
//! releases = "deletes_with_the_interpreter.exported()"

#define OVERRIDE_DELETE_TENSOR
#include "exporter.h"

static void
delete_tensor(void *managed)
{
    (void)PyThreadState_Get();
    default_delete_tensor(managed);
}
