//! Takes a payload over and forgets to release it.

use std::ffi::c_void;

use ffi_participant::Consumer;

struct RenamesAndNeverReleases;

impl Consumer for RenamesAndNeverReleases {
    unsafe fn release_pointer(_pointer: *mut c_void) {}
}

ffi_participant::export_consumer!(renames_and_never_releases, RenamesAndNeverReleases);
