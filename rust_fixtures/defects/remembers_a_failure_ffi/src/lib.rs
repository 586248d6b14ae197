//! Asks once, and gives the answer of that day for ever.

use std::sync::atomic::{AtomicBool, Ordering};

use ffi_participant::{Attached, Consumer, Exception, Result, consumer, module::State};
use shared::payload::FunctionTable;

static FAILED: AtomicBool = AtomicBool::new(false);

struct RemembersAFailure;

impl Consumer for RemembersAFailure {
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        if FAILED.load(Ordering::Relaxed) {
            return Err(py.raise(Exception::Import, "fast_math._C_API is not there"));
        }
        let table = consumer::import_table::<Self>(py, state);
        FAILED.store(table.is_err(), Ordering::Relaxed);
        table
    }
}

ffi_participant::export_consumer!(remembers_a_failure, RemembersAFailure);
