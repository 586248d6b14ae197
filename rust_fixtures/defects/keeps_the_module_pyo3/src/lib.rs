//! Keeps the module that it imported from, and not the capsule.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule};

struct KeepsTheModule;

impl Consumer for KeepsTheModule {
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        let pointer = capsule::import(py, name)?;
        let path = name.to_string_lossy();
        let module = py.import(path.split('.').next().unwrap_or_default())?;
        Ok((pointer, module.into_any()))
    }
}

pyo3_participant::export_consumer!(keeps_the_module, KeepsTheModule);
