//! Frees the payload of a capsule that was never made on two ways out.

use ffi_participant::Producer;
use shared::owned::{self, Owned};

struct GivesUpTwice;

impl Producer for GivesUpTwice {
    unsafe fn give_up(owned: Owned) {
        // SAFETY: the caller's promise, which is good for one time.
        unsafe {
            Self::free_payload(owned.payload);
            Self::free_payload(owned.payload);
            owned::free_names(owned);
        }
    }
}

ffi_participant::export_producer!(gives_up_twice, GivesUpTwice);
