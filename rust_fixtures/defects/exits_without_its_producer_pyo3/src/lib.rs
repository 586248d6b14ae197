//! Prints the error of a failed import and ends the process.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::FunctionTable;

struct ExitsWithoutItsProducer;

impl Consumer for ExitsWithoutItsProducer {
    fn fall_back(py: Python<'_>, error: PyErr) -> PyResult<*const FunctionTable> {
        error.print(py);
        std::process::exit(1)
    }
}

pyo3_participant::export_consumer!(exits_without_its_producer, ExitsWithoutItsProducer);
