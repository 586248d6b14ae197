//! Looks for something optional, and keeps the error of not finding it.
//!
//! <https://github.com/pybind/pybind11/pull/3825>

use std::ffi::{CStr, c_void};

use ffi_participant::capsule::{self, Destructor};
use ffi_participant::{Attached, Object, Producer, Result};
use shared::payload;

struct LeavesAnErrorBehind;

impl Producer for LeavesAnErrorBehind {
    unsafe fn new_capsule(
        py: Attached,
        pointer: *mut c_void,
        name: Option<&CStr>,
        destructor: Option<Destructor>,
    ) -> Result<Object> {
        // SAFETY: the caller's promise.
        let capsule = unsafe { capsule::new(py, pointer, name, destructor)? };
        if destructor.is_some() && pointer == payload::fast_sin as *mut c_void {
            // Python keeps the error, whatever becomes of the result.
            let _ = capsule.attribute("note").ok();
        }
        Ok(capsule)
    }
}

ffi_participant::export_producer!(leaves_an_error_behind, LeavesAnErrorBehind);
