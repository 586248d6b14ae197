//! Has a destructor that frees the name and forgets the payload.
//!
//! As in <https://github.com/pytorch/pytorch/pull/9297>.

use std::ptr;

use ffi_participant::{Producer, RawObject};
use shared::owned;

struct LeaksItsPayload;

impl Producer for LeaksItsPayload {
    unsafe fn clean_up(capsule: *mut RawObject) {
        owned::change(capsule, |owned| owned.payload = ptr::null_mut());
        // SAFETY: the caller's promise.
        unsafe { owned::clean_up(capsule, Self::free_payload) };
    }
}

ffi_participant::export_producer!(leaks_its_payload, LeaksItsPayload);
