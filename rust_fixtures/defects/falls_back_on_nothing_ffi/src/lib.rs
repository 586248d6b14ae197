//! Falls back on functions that are not there.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::FunctionTable;

struct FallsBackOnNothing;

impl Consumer for FallsBackOnNothing {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        Ok(std::ptr::null())
    }
}

ffi_participant::export_consumer!(falls_back_on_nothing, FallsBackOnNothing);
