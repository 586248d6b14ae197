//! Reads a batch without a look at whether it was released.

use std::ffi::c_void;

use ffi_participant::Consumer;
use shared::payload::{self, Batch, Kind, Used};

struct ReadsAfterRelease;

impl Consumer for ReadsAfterRelease {
    unsafe fn use_pointer(pointer: *const c_void, kind: Kind) -> Used {
        // SAFETY: the caller's promise, which a released batch does not keep.
        unsafe {
            match kind {
                Kind::Batch => Used::Int(*(*pointer.cast::<Batch>()).resource.cast()),
                kind => payload::use_payload(pointer, kind),
            }
        }
    }
}

ffi_participant::export_consumer!(reads_after_release, ReadsAfterRelease);
