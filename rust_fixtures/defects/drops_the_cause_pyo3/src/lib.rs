//! Replaces the error of a failed import by one of its own.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule, consumer};

struct DropsTheCause;

impl Consumer for DropsTheCause {
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        let capsule = capsule::import(py, name).and_then(|_| consumer::find_object(py, name)).map_err(|error| {
            match error.is_instance_of::<PyAttributeError>(py) {
                true => PyTypeError::new_err("the capsule cannot be imported"),
                false => error,
            }
        })?;
        Ok((Self::take_pointer(&capsule, Some(name))?, capsule))
    }
}

pyo3_participant::export_consumer!(drops_the_cause, DropsTheCause);
