//! Believes that the destructor frees the payload of a capsule that was never made.

use ffi_participant::Producer;
use shared::owned::{self, Owned};

struct LeavesItToTheDestructor;

impl Producer for LeavesItToTheDestructor {
    unsafe fn give_up(owned: Owned) {
        // SAFETY: the caller's promise.
        unsafe { owned::free_names(owned) };
    }
}

ffi_participant::export_producer!(leaves_it_to_the_destructor, LeavesItToTheDestructor);
