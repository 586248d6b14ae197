//! Clears the error of a pointer that could not be changed and reports failure all the same.

use std::ffi::c_void;

use ffi_participant::{Object, Producer, Result, capsule};

struct ForgetsWhyItFailed;

impl Producer for ForgetsWhyItFailed {
    unsafe fn change_pointer(capsule: &Object, pointer: *mut c_void) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { capsule::set_pointer(capsule, pointer) }.inspect_err(|_| drop(capsule.attached().take_pending()))
    }
}

ffi_participant::export_producer!(forgets_why_it_failed, ForgetsWhyItFailed);
