//! Falls back on functions that are not there.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::FunctionTable;

struct FallsBackOnNothing;

impl Consumer for FallsBackOnNothing {
    fn fall_back(_py: Python<'_>, _error: PyErr) -> PyResult<*const FunctionTable> {
        Ok(std::ptr::null())
    }
}

pyo3_participant::export_consumer!(falls_back_on_nothing, FallsBackOnNothing);
