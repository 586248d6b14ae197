//! Falls back on functions that return their argument.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::FunctionTable;

struct FallsBackOnNonsense;

static ECHO: FunctionTable = FunctionTable::new(echo, echo, echo);

extern "C" fn echo(x: f64) -> f64 {
    x
}

impl Consumer for FallsBackOnNonsense {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        Ok(&ECHO)
    }
}

ffi_participant::export_consumer!(falls_back_on_nonsense, FallsBackOnNonsense);
