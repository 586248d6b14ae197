//! Its destructor frees the payload, whatever the capsule is called by then.

use ffi_participant::{Producer, RawObject};
use shared::owned;

struct IgnoresTheUsedName;

impl Producer for IgnoresTheUsedName {
    unsafe fn clean_up(capsule: *mut RawObject) {
        let owned = owned::change(capsule, |owned| owned.payload = std::ptr::null_mut());
        // SAFETY: called from the destructor; that the payload is ours is what this gets wrong.
        unsafe {
            if let Some(owned) = owned {
                owned::end_payload(owned, Self::free_payload);
            }
            owned::clean_up(capsule, Self::free_payload);
        }
    }
}

ffi_participant::export_producer!(ignores_the_used_name, IgnoresTheUsedName);
