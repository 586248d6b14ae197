//! Takes a table whose layout has a number in its capsule's name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Object, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct LabelRenderer;

impl Consumer for LabelRenderer {
    fn import_pointer(py: Attached, path: &CStr, _no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        consumer::labelled_pointer::<Self>(py, path, policy::LABEL)
    }

    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::labelled(table.cast()) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::labelled_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::LABELLED)
    }
}

ffi_participant::export_consumer!(label_renderer, LabelRenderer);
