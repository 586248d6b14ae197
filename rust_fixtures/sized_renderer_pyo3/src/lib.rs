//! Accepts a table that is at least as long as the one that it was built with.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct SizedRenderer;

impl Consumer for SizedRenderer {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::sized(table.cast()) }.map_err(PyImportError::new_err)
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::sized_sine(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::SIZED)
    }
}

pyo3_participant::export_consumer!(sized_renderer, SizedRenderer);
