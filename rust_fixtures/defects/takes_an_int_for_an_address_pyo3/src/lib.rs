//! Accepts an int for a capsule, as the address of the payload.

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule};

struct TakesAnIntForAnAddress;

impl Consumer for TakesAnIntForAnAddress {
    fn take_pointer(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        if let Some(pointer) =
            object.extract().ok().and_then(|address| NonNull::new(ptr::with_exposed_provenance_mut::<c_void>(address)))
        {
            return Ok(pointer);
        }
        capsule::pointer_of(object, name).map_err(|error| Self::refuse::<PyValueError>(object.py(), error, name))
    }
}

pyo3_participant::export_consumer!(takes_an_int_for_an_address, TakesAnIntForAnAddress);
