//! Walks from a table of a later major version to an older one that it knows.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct ChainRenderer;

impl Consumer for ChainRenderer {
    unsafe fn choose_table(newest: *const FunctionTable) -> PyResult<*const FunctionTable> {
        // SAFETY: the caller's promise; the capsule's name says which type of table it is.
        let table = unsafe { policy::chained(newest.cast()) }.map_err(PyImportError::new_err)?;
        Ok(table.cast())
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::chained_sine(table.cast()) }
    }

    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        consumer::import_from::<Self>(py, policy::CHAINED)
    }
}

pyo3_participant::export_consumer!(chain_renderer, ChainRenderer);
