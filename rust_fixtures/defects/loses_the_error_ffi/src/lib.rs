//! Clears the error of a failed import and fails all the same.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::FunctionTable;

struct LosesTheError;

impl Consumer for LosesTheError {
    fn fall_back(py: Attached, raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        Err(raised)
    }
}

ffi_participant::export_consumer!(loses_the_error, LosesTheError);
