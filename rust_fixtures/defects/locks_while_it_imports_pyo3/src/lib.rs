//! Holds a lock over the import, and so waits for itself if that leads back to it.

use std::ptr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3_participant::{Consumer, consumer};
use shared::payload::FunctionTable;

struct LocksWhileItImports;

impl Consumer for LocksWhileItImports {
    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        // Lets other threads run while it waits, but does not see that it waits for its own.
        static TABLE: PyOnceLock<usize> = PyOnceLock::new();
        let import = || consumer::import_table::<Self>(py).map(|table| table.expose_provenance());
        TABLE.get_or_try_init(py, import).map(|address| ptr::with_exposed_provenance(*address))
    }
}

pyo3_participant::export_consumer!(locks_while_it_imports, LocksWhileItImports);
