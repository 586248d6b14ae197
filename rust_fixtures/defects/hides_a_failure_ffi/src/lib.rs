//! Does not look at whether a pointer could be changed.

use std::ffi::c_void;

use ffi_participant::{Object, Producer, Result, capsule};

struct HidesAFailure;

impl Producer for HidesAFailure {
    unsafe fn change_pointer(capsule: &Object, pointer: *mut c_void) -> Result<()> {
        // SAFETY: the caller's promise.
        let _ = unsafe { capsule::set_pointer(capsule, pointer) };
        Ok(())
    }
}

ffi_participant::export_producer!(hides_a_failure, HidesAFailure);
