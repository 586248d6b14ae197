//! Takes a function whose C signature is its capsule's name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct SignatureRenderer;

impl Consumer for SignatureRenderer {
    fn import_pointer<'py>(py: Python<'py>, path: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        consumer::labelled_pointer::<Self>(py, path, policy::SIGNATURE)
    }

    unsafe fn accept_table(_function: *const FunctionTable) -> PyResult<()> {
        Ok(())
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::bare(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::SIGNED)
    }
}

pyo3_participant::export_consumer!(signature_renderer, SignatureRenderer);
