//! Clears the error indicator in the destructor, to be on the safe side.
//!
//! As in <https://github.com/pytorch/pytorch/issues/84056> and
//! <https://github.com/jax-ml/jax/issues/31271>.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3_participant::Producer;
use shared::owned;

struct ClearsAPendingError;

impl Producer for ClearsAPendingError {
    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        // SAFETY: the caller's promise.
        unsafe {
            owned::clean_up(capsule, Self::free_payload);
            drop(PyErr::take(Python::assume_attached()));
        }
    }
}

pyo3_participant::export_producer!(clears_a_pending_error, ClearsAPendingError);
