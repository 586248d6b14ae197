//! Marks its table as ready before it has it.

use std::sync::atomic::{AtomicBool, Ordering};

use ffi_participant::{Attached, Consumer, Result, consumer, module::State};
use shared::payload::FunctionTable;

static READY: AtomicBool = AtomicBool::new(false);

struct TakesAnAttemptForASuccess;

impl Consumer for TakesAnAttemptForASuccess {
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        if !READY.swap(true, Ordering::Relaxed) {
            return consumer::import_table::<Self>(py, state);
        }
        Ok(state.table)
    }
}

ffi_participant::export_consumer!(takes_an_attempt_for_a_success, TakesAnAttemptForASuccess);
