//! Takes a table whose layout has a number in its capsule's name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct LabelRenderer;

impl Consumer for LabelRenderer {
    fn import_pointer<'py>(py: Python<'py>, path: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        consumer::labelled_pointer::<Self>(py, path, policy::LABEL)
    }

    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::labelled(table.cast()) }.map_err(PyImportError::new_err)
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::labelled_sine(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::LABELLED)
    }
}

pyo3_participant::export_consumer!(label_renderer, LabelRenderer);
