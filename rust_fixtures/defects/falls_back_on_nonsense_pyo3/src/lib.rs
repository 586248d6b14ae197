//! Falls back on functions that return their argument.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::FunctionTable;

struct FallsBackOnNonsense;

static ECHO: FunctionTable = FunctionTable::new(echo, echo, echo);

extern "C" fn echo(x: f64) -> f64 {
    x
}

impl Consumer for FallsBackOnNonsense {
    fn fall_back(_py: Python<'_>, _error: PyErr) -> PyResult<*const FunctionTable> {
        Ok(&ECHO)
    }
}

pyo3_participant::export_consumer!(falls_back_on_nonsense, FallsBackOnNonsense);
