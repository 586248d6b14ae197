//! Accepts None as a handle to nothing, and hands out an address for it.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule};

struct TakesNoneForNothing;

impl Consumer for TakesNoneForNothing {
    fn take_pointer(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        if object.is_none() {
            return Ok(NonNull::dangling());
        }
        capsule::pointer_of(object, name).map_err(|error| Self::refuse::<PyValueError>(object.py(), error, name))
    }
}

pyo3_participant::export_consumer!(takes_none_for_nothing, TakesNoneForNothing);
