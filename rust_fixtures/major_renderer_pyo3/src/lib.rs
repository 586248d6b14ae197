//! Accepts any minor version of the major version that it was built with.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct MajorRenderer;

impl Consumer for MajorRenderer {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::major(table.cast()) }.map_err(PyImportError::new_err)
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::packed_sine(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::PACKED)
    }
}

pyo3_participant::export_consumer!(major_renderer, MajorRenderer);
