//! Takes the zero that says that a pointer was changed for a failure.
//!
//! <https://github.com/intrepidcs/python_ics/issues/245>

use std::ffi::c_void;

use ffi_participant::{Object, Producer, Raised, Result, capsule};

struct ReadsSuccessAsFailure;

impl Producer for ReadsSuccessAsFailure {
    unsafe fn change_pointer(capsule: &Object, pointer: *mut c_void) -> Result<()> {
        // As if it returned true for success.
        // SAFETY: the caller's promise.
        match unsafe { capsule::set_pointer(capsule, pointer) } {
            Ok(()) => Err(Raised),
            Err(Raised) => Ok(()),
        }
    }
}

ffi_participant::export_producer!(reads_success_as_failure, ReadsSuccessAsFailure);
