//! Imports a module in the destructor and unwraps the result.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3_participant::Producer;
use shared::owned;

struct PanicsInItsDestructor;

impl Producer for PanicsInItsDestructor {
    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        // SAFETY: the caller's promise.
        let py = unsafe {
            owned::clean_up(capsule, Self::free_payload);
            Python::assume_attached()
        };
        let pending = PyErr::take(py);
        // No panic crosses the C boundary: it aborts the process.
        py.import("colorsys").expect("the standard library is always there");
        if let Some(pending) = pending {
            pending.restore(py);
        }
    }
}

pyo3_participant::export_producer!(panics_in_its_destructor, PanicsInItsDestructor);
