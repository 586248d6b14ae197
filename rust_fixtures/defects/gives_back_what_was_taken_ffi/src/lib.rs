//! Its destructor deletes a tensor whatever the capsule is called by then.

use std::ffi::CStr;

use ffi_participant::tensor::{ManagedTensor, VersionedTensor};
use ffi_participant::{Exporter, RawObject};
use pyo3_ffi::{PyCapsule_GetName, PyCapsule_GetPointer};

struct Exports;

impl Exporter for Exports {
    unsafe fn end_tensor(capsule: *mut RawObject) {
        // SAFETY: a capsule always has the name that it has, and a pointer of ours.
        unsafe {
            let name = PyCapsule_GetName(capsule);
            let payload = PyCapsule_GetPointer(capsule, name);
            if CStr::from_ptr(name).to_bytes().ends_with(b"versioned") {
                let managed: *mut VersionedTensor = payload.cast();
                ((*managed).deleter)(managed);
            } else {
                let managed: *mut ManagedTensor = payload.cast();
                ((*managed).deleter)(managed);
            }
        }
    }
}

ffi_participant::export_exporter!(gives_back_what_was_taken, Exports);
