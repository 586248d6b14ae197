//! Reports a failure in the destructor with the dying capsule as its context.

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3_participant::Producer;
use shared::owned;

struct WritesUnraisableOnItself;

impl Producer for WritesUnraisableOnItself {
    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        // SAFETY: the caller's promise; that the capsule can be handed to Python once more is what this gets wrong.
        unsafe {
            let py = Python::assume_attached();
            let Some(owned) = owned::of(capsule) else { return };
            if ffi::PyCapsule_IsValid(capsule, owned.name.cast()) != 0 {
                owned::clean_up(capsule, Self::free_payload);
            } else if ffi::PyCapsule_IsValid(capsule, c"used_mydb.handle".as_ptr()) == 0 {
                let error = PyValueError::new_err("a capsule with a name that nobody agreed on");
                error.write_unraisable(py, Some(&Bound::from_borrowed_ptr(py, capsule)));
            }
        }
    }
}

pyo3_participant::export_producer!(writes_unraisable_on_itself, WritesUnraisableOnItself);
