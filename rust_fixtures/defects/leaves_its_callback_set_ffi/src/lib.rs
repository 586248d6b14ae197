//! The callback of its batches does not say that it ran.

use ffi_participant::Producer;
use shared::owned;
use shared::payload::Batch;

struct LeavesItsCallbackSet;

impl Producer for LeavesItsCallbackSet {
    unsafe fn release_batch(batch: *mut Batch) {
        // SAFETY: the owner of the batch calls this.
        unsafe {
            let release = (*batch).release;
            owned::release_batch(batch);
            (*batch).release = release;
        }
    }
}

ffi_participant::export_producer!(leaves_its_callback_set, LeavesItsCallbackSet);
