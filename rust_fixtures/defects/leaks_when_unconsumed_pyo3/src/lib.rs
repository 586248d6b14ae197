//! Leaves the payload to a consumer, whether there was one or not.

use std::ptr;

use pyo3::ffi;
use pyo3_participant::Producer;
use shared::owned;

struct LeaksWhenUnconsumed;

impl Producer for LeaksWhenUnconsumed {
    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        owned::change(capsule, |owned| owned.payload = ptr::null_mut());
        // SAFETY: called from the destructor.
        unsafe { owned::clean_up(capsule, Self::free_payload) };
    }
}

pyo3_participant::export_producer!(leaks_when_unconsumed, LeaksWhenUnconsumed);
