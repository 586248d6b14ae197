//! Keeps a note of its own in the context of every capsule that it takes.

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::{Consumer, capsule};

static NOTE: u8 = 0;

struct StoresItsOwnContext;

impl Consumer for StoresItsOwnContext {
    fn take_pointer(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        let pointer = capsule::pointer_of(object, name)
            .map_err(|error| Self::refuse::<PyValueError>(object.py(), error, name))?;
        let note = ptr::from_ref(&NOTE).cast_mut().cast();
        capsule::set_context(object.cast::<PyCapsule>()?, note)?;
        Ok(pointer)
    }
}

pyo3_participant::export_consumer!(stores_its_own_context, StoresItsOwnContext);
