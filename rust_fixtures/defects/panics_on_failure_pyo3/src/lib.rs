//! Unwraps the result of the import, so a missing capsule is a panic.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule, consumer};

struct PanicsOnFailure;

impl Consumer for PanicsOnFailure {
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        // PyO3 raises a panic as a BaseException, which no `except Exception` stops.
        let pointer = capsule::import(py, name).expect("fast_math is always there");
        Ok((pointer, consumer::find_object(py, name)?))
    }
}

pyo3_participant::export_consumer!(panics_on_failure, PanicsOnFailure);
