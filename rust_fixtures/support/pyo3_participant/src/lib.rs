//! Producers and consumers through PyO3's `PyCapsule`, with `unsafe` only where it demands that.
//!
//! A participant is a type with one of the two traits; their default methods are the clean
//! behaviour, and a defect overrides one of them. What PyO3 cannot do (rename a capsule, change its
//! pointer or its destructor, leave the name away) is absent, and listed as `lacks`.

pub mod capsule;
pub mod consumer;
pub mod consumer_verbs;
pub mod producer;
pub mod producer_verbs;

use std::ffi::{CStr, CString, c_void};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use shared::instrument;

pub use consumer::Consumer;
pub use producer::Producer;

/// The verb `bind`, which both sides have.
pub fn bind(side: &'static CStr, address: usize) -> PyResult<()> {
    let address: *mut c_void = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the worker passes on what the probe gave it.
    if address.is_null() || !unsafe { instrument::bind(side, address) } {
        return Err(PyValueError::new_err("no instrument, or one that is older than this fixture"));
    }
    Ok(())
}

/// Binds without waiting for the verb: what is made at import and has to be watched comes before it. Does without where
/// there is no probe.
pub fn bind_early(side: &'static CStr, py: Python<'_>) -> PyResult<()> {
    match py.import("capsule_probe") {
        Ok(probe) => bind(side, probe.call_method0("instrument")?.extract()?),
        Err(_) => Ok(()),
    }
}

fn name_from(bytes: &[u8]) -> PyResult<CString> {
    CString::new(bytes).map_err(|_| PyValueError::new_err("a capsule name has no NUL byte inside"))
}
