//! Takes a rename for the end of the payload.

use std::ffi::CStr;

use ffi_participant::{Object, Producer, Result, capsule};
use shared::owned;

struct FreesAtRename;

impl Producer for FreesAtRename {
    unsafe fn rename_capsule(capsule: &Object, name: Option<&CStr>) -> Result<()> {
        // SAFETY: the caller's promise; that the payload may go now is what this gets wrong.
        unsafe {
            capsule::set_name(capsule, name)?;
            if let Some(owned) = owned::of(capsule.as_ptr()) {
                Self::free_payload(owned.payload);
            }
        }
        Ok(())
    }
}

ffi_participant::export_producer!(frees_at_rename, FreesAtRename);
