//! Accepts a range of versions, and uses what the later ones added only where it is there.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct RangeRenderer;

impl Consumer for RangeRenderer {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        unsafe { policy::range(table.cast()) }.map_err(PyImportError::new_err)
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::grown_sine(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::GROWN)
    }
}

pyo3_participant::export_consumer!(range_renderer, RangeRenderer);
