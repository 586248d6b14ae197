//! Computes by itself even where its table is to be had.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::{self, FunctionTable};

struct NeverUsesItsTable;

impl Consumer for NeverUsesItsTable {
    fn ready_table(_py: Python<'_>) -> PyResult<*const FunctionTable> {
        Ok(&payload::TABLE)
    }
}

pyo3_participant::export_consumer!(never_uses_its_table, NeverUsesItsTable);
