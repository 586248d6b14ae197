//! Takes a function whose C signature is its capsule's name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Object, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct SignatureRenderer;

impl Consumer for SignatureRenderer {
    fn import_pointer(py: Attached, path: &CStr, _no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        consumer::labelled_pointer::<Self>(py, path, policy::SIGNATURE)
    }

    unsafe fn accept_table(_py: Attached, _function: *const FunctionTable) -> Result<()> {
        Ok(())
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::bare(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::SIGNED)
    }
}

ffi_participant::export_consumer!(signature_renderer, SignatureRenderer);
