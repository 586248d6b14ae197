//! Accepts a range of versions, and uses what the later ones added only where it is there.

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct RangeRenderer;

impl Consumer for RangeRenderer {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::range(table.cast()) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::grown_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::GROWN)
    }
}

ffi_participant::export_consumer!(range_renderer, RangeRenderer);
