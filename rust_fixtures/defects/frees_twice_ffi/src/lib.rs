//! Frees the payload in the destructor, though the clean-up before it did so.

use ffi_participant::{Producer, RawObject};
use shared::owned;

struct FreesTwice;

impl Producer for FreesTwice {
    unsafe fn clean_up(capsule: *mut RawObject) {
        // SAFETY: the caller's promise; that the payload is freed once is what this gets wrong.
        unsafe {
            let payload = owned::of(capsule).map(|owned| owned.payload);
            owned::clean_up(capsule, Self::free_payload);
            if let Some(payload) = payload {
                Self::free_payload(payload);
            }
        }
    }
}

ffi_participant::export_producer!(frees_twice, FreesTwice);
