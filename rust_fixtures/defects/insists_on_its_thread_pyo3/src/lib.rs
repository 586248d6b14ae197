//! Frees a payload on the thread that made it, and on no other.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::{Producer, capsule};
use shared::owned;

thread_local! {
    static MAKES_CAPSULES: Cell<bool> = const { Cell::new(false) };
}

struct InsistsOnItsThread;

impl Producer for InsistsOnItsThread {
    unsafe fn new_capsule<'py>(
        py: Python<'py>,
        pointer: NonNull<c_void>,
        name: &'static CStr,
        destructor: Option<ffi::PyCapsule_Destructor>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        MAKES_CAPSULES.set(true);
        // SAFETY: the caller's promise.
        unsafe { capsule::new(py, pointer, name, destructor) }
    }

    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        if MAKES_CAPSULES.get() {
            // SAFETY: the caller's promise.
            unsafe { owned::clean_up(capsule, Self::free_payload) };
        }
    }
}

pyo3_participant::export_producer!(insists_on_its_thread, InsistsOnItsThread);
