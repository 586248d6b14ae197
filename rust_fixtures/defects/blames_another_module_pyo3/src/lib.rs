//! Has one text for every failure, and that names a module it does not import.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::FunctionTable;

struct BlamesAnotherModule;

impl Consumer for BlamesAnotherModule {
    fn fall_back(_py: Python<'_>, _error: PyErr) -> PyResult<*const FunctionTable> {
        Err(PyImportError::new_err("slow_math is missing or too old"))
    }
}

pyo3_participant::export_consumer!(blames_another_module, BlamesAnotherModule);
