//! Fetches the attribute itself and passes the capsule the name that it bears.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::{Consumer, capsule, consumer};

struct ImportsByHand;

impl Consumer for ImportsByHand {
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        let object =
            consumer::find_object(py, name).map_err(|error| Self::refuse::<PyAttributeError>(py, error, Some(name)))?;
        let found = object.cast::<PyCapsule>().map_err(|_| PyTypeError::new_err("expected a capsule"))?;
        let own = found.name()?;
        // SAFETY: the name lives as long as the capsule, which nobody renames meanwhile.
        let own = own.as_ref().map(|it| unsafe { it.as_cstr() });
        Ok((capsule::pointer(found, own)?, object))
    }
}

pyo3_participant::export_consumer!(imports_by_hand, ImportsByHand);
