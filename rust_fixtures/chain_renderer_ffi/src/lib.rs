//! Walks from a table of a later major version to an older one that it knows.

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct ChainRenderer;

impl Consumer for ChainRenderer {
    unsafe fn choose_table(py: Attached, newest: *const FunctionTable) -> Result<*const FunctionTable> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        let table = unsafe { policy::chained(newest.cast()) }.map_err(|reason| py.raise(Exception::Import, &reason))?;
        Ok(table.cast())
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::chained_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::CHAINED)
    }
}

ffi_participant::export_consumer!(chain_renderer, ChainRenderer);
