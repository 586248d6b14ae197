//! Accepts any minor version of the major version that it was built with.

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct MajorRenderer;

impl Consumer for MajorRenderer {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::major(table.cast()) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::packed_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::PACKED)
    }
}

ffi_participant::export_consumer!(major_renderer, MajorRenderer);
