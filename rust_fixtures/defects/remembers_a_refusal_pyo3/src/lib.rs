//! Refuses every table after it has refused one.

use std::sync::OnceLock;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::{self, FunctionTable};

struct RemembersARefusal;

impl Consumer for RemembersARefusal {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        static VERDICT: OnceLock<Result<(), String>> = OnceLock::new();
        // SAFETY: the caller's promise.
        VERDICT.get_or_init(|| unsafe { payload::check_table(table) }).clone().map_err(PyImportError::new_err)
    }
}

pyo3_participant::export_consumer!(remembers_a_refusal, RemembersARefusal);
