//! Falls back whatever the import raised, an interrupt included.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::{self, FunctionTable};

struct SwallowsAnInterrupt;

impl Consumer for SwallowsAnInterrupt {
    fn fall_back(_py: Python<'_>, _error: PyErr) -> PyResult<*const FunctionTable> {
        Ok(&payload::TABLE)
    }
}

pyo3_participant::export_consumer!(swallows_an_interrupt, SwallowsAnInterrupt);
