//! The calls of PyO3's `PyCapsule` that participants make, each with a record of what it did.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use shared::instrument;

/// # Safety
///
/// As for [`PyCapsule::new_with_pointer_and_destructor`].
pub unsafe fn new<'py>(
    py: Python<'py>,
    pointer: NonNull<c_void>,
    name: &'static CStr,
    destructor: Option<ffi::PyCapsule_Destructor>,
) -> PyResult<Bound<'py, PyCapsule>> {
    // SAFETY: the caller's promise.
    traced(py, c"PyCapsule_New", || unsafe {
        PyCapsule::new_with_pointer_and_destructor(py, pointer, name, destructor)
    })
}

pub fn pointer(capsule: &Bound<'_, PyCapsule>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
    traced(capsule.py(), c"PyCapsule_GetPointer", || capsule.pointer_checked(name))
}

/// The pointer of an object that somebody handed over, which need not be a capsule.
pub fn pointer_of(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
    match object.cast::<PyCapsule>() {
        Ok(capsule) => pointer(capsule, name),
        // PyO3 looks at the type itself, so the API has no chance to raise its ValueError.
        Err(stranger) => Err(PyValueError::new_err(stranger.to_string())),
    }
}

pub fn set_context(capsule: &Bound<'_, PyCapsule>, context: *mut c_void) -> PyResult<()> {
    traced(capsule.py(), c"PyCapsule_SetContext", || capsule.set_context(context))
}

pub fn import(py: Python<'_>, name: &CStr) -> PyResult<NonNull<c_void>> {
    traced(py, c"PyCapsule_Import", || PyCapsule::import_pointer(py, name))
}

/// PyO3 takes the error of a failure out of the interpreter, so its type comes from the result.
fn traced<T>(py: Python<'_>, function: &CStr, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // SAFETY: attached, and the types are those of errors.
    unsafe {
        let before = ffi::PyErr_Occurred();
        let result = call();
        let class = result.as_ref().err().map(|error| error.get_type(py));
        let after = class.as_ref().map_or_else(|| ffi::PyErr_Occurred(), |class| class.as_ptr());
        instrument::record(function, before, after, result.is_ok());
        result
    }
}
