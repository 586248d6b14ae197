//! Falls back without clearing the error of the failed import.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::{self, FunctionTable};

struct FallsBackWithAnErrorSet;

impl Consumer for FallsBackWithAnErrorSet {
    fn fall_back(_py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        Ok(&payload::TABLE)
    }
}

ffi_participant::export_consumer!(falls_back_with_an_error_set, FallsBackWithAnErrorSet);
