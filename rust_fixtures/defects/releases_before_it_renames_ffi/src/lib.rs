//! Owns the payload before the capsule has given it up.

use std::ffi::c_void;

use ffi_participant::Consumer;
use shared::payload::{self, Kind};

struct ReleasesBeforeItRenames;

impl Consumer for ReleasesBeforeItRenames {
    unsafe fn abandon(pointer: *mut c_void, kind: Kind, _ours: bool) {
        // SAFETY: a live payload of this kind; that it is ours is what this gets wrong.
        unsafe {
            match kind {
                Kind::Batch => _ = payload::end_batch(pointer.cast()),
                _ => Self::release_pointer(pointer),
            }
        }
    }
}

ffi_participant::export_consumer!(releases_before_it_renames, ReleasesBeforeItRenames);
