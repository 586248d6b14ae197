//! Turns its names into strings and back, which replaces all bytes that are no UTF-8.

use std::ffi::{CStr, CString, c_void};

use ffi_participant::capsule::{self, Destructor};
use ffi_participant::{Attached, Object, Producer, Result};

struct NamesLossily;

impl Producer for NamesLossily {
    unsafe fn new_capsule(
        py: Attached,
        pointer: *mut c_void,
        name: Option<&CStr>,
        destructor: Option<Destructor>,
    ) -> Result<Object> {
        let name: Option<&CStr> = name.map(|name| {
            let text = CString::new(name.to_string_lossy().as_ref()).unwrap_or_default();
            &*Box::leak(text.into_boxed_c_str())
        });
        // SAFETY: the name never goes; the rest is the caller's promise.
        unsafe { capsule::new(py, pointer, name, destructor) }
    }
}

ffi_participant::export_producer!(names_lossily, NamesLossily);
