//! Takes the error of an earlier attempt for the failure of a call that returned NULL.

use std::ffi::{CStr, CString, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::{Consumer, capsule};

/// The next version of a name that ends in `.v1`.
fn next_version(name: Option<&CStr>) -> Option<CString> {
    let older = name?.to_bytes().strip_suffix(b".v1")?;
    CString::new([older, b".v2"].concat()).ok()
}

struct BlamesAStaleError;

impl Consumer for BlamesAStaleError {
    fn take_pointer(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        if let (Some(next), Ok(capsule)) = (next_version(name), object.cast::<PyCapsule>()) {
            // SAFETY: a live object, and a string that ends in NUL.
            let newer = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), next.as_ptr()) };
            if let Some(pointer) = NonNull::new(newer) {
                return Ok(pointer);
            }
            // The context is NULL, so PyO3 looks for an error, and finds the one left above.
            capsule.context()?;
        }
        capsule::pointer_of(object, name).map_err(|error| Self::refuse::<PyValueError>(object.py(), error, name))
    }
}

pyo3_participant::export_consumer!(blames_a_stale_error, BlamesAStaleError);
