//! Clears the error of a failed import and computes with zeros.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::FunctionTable;

struct SwallowsAFailedImport;

static ZERO: FunctionTable = FunctionTable::new(zero, zero, zero);

extern "C" fn zero(_x: f64) -> f64 {
    0.0
}

impl Consumer for SwallowsAFailedImport {
    fn fall_back(_py: Python<'_>, _error: PyErr) -> PyResult<*const FunctionTable> {
        Ok(&ZERO)
    }
}

pyo3_participant::export_consumer!(swallows_a_failed_import, SwallowsAFailedImport);
