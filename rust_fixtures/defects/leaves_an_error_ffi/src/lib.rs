//! Looks its pointer up in the destructor and leaves the error of a failure set.

use ffi_participant::{Producer, RawObject};
use pyo3_ffi::PyCapsule_GetPointer;
use shared::owned;

struct LeavesAnError;

impl Producer for LeavesAnError {
    unsafe fn clean_up(capsule: *mut RawObject) {
        let Some(owned) = owned::of(capsule) else { return };
        // SAFETY: the caller's promise; that a lookup which fails sets an error is forgotten.
        unsafe {
            if !PyCapsule_GetPointer(capsule, owned.name.cast()).is_null() {
                owned::clean_up(capsule, Self::free_payload);
            }
        }
    }
}

ffi_participant::export_producer!(leaves_an_error, LeavesAnError);
