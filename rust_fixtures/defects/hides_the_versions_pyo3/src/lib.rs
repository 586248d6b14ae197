//! Does not say which versions do not fit.
//!
//! NumPy did not even name the module: https://github.com/numpy/numpy/issues/4962

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::{self, FunctionTable};

struct HidesTheVersions;

impl Consumer for HidesTheVersions {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }
            .map_err(|_| PyImportError::new_err("hides_the_versions and fast_math do not fit together"))
    }
}

pyo3_participant::export_consumer!(hides_the_versions, HidesTheVersions);
