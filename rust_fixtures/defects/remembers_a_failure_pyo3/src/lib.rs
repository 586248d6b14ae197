//! Asks once, and gives the answer of that day for ever.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3_participant::{Consumer, consumer};
use shared::payload::FunctionTable;

/// The first answer, good or bad.
static ANSWER: PyOnceLock<Result<usize, String>> = PyOnceLock::new();

struct RemembersAFailure;

impl Consumer for RemembersAFailure {
    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        let ask = || {
            consumer::import_table::<Self>(py).map(|table| table.expose_provenance()).map_err(|error| error.to_string())
        };
        match ANSWER.get_or_init(py, ask) {
            Ok(address) => Ok(std::ptr::with_exposed_provenance(*address)),
            Err(text) => Err(PyImportError::new_err(text.clone())),
        }
    }
}

pyo3_participant::export_consumer!(remembers_a_failure, RemembersAFailure);
