//! Prints why its module cannot be imported, and SystemExit ends whoever prints it.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::FunctionTable;

struct PrintsAnExit;

impl Consumer for PrintsAnExit {
    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        // What PyCapsule_Import raises does not say why.
        if let Err(error) = py.import("fast_math") {
            error.print(py);
            return Err(PyImportError::new_err("fast_math is needed"));
        }
        consumer::import_table::<Self>(py)
    }
}

pyo3_participant::export_consumer!(prints_an_exit, PrintsAnExit);
