//! Prints why its module cannot be imported, and SystemExit ends whoever prints it.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::{PyAttributeError, PyImportError};
use pyo3::prelude::*;
use pyo3_participant::{Consumer, capsule, consumer};

struct PrintsAnExit;

impl Consumer for PrintsAnExit {
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        // What PyCapsule_Import raises does not say why.
        if let Err(error) = py.import("fast_math") {
            error.print(py);
            return Err(PyImportError::new_err(format!("{name:?} is needed")));
        }
        let capsule = capsule::import(py, name)
            .and_then(|_| consumer::find_object(py, name))
            .map_err(|error| Self::refuse::<PyAttributeError>(py, error, Some(name)))?;
        Ok((Self::take_pointer(&capsule, Some(name))?, capsule))
    }
}

pyo3_participant::export_consumer!(prints_an_exit, PrintsAnExit);
