//! Believes that a TypeError in its destructor can only be its own, and clears it.
//!
//! <https://github.com/numpy/numpy/issues/32697>

use ffi_participant::{Attached, Exception, Producer, RawObject};
use shared::owned;

struct TakesARefusalForItsOwn;

impl Producer for TakesARefusalForItsOwn {
    unsafe fn clean_up(capsule: *mut RawObject) {
        // SAFETY: called from the destructor of `capsule`, and attached.
        unsafe {
            owned::clean_up(capsule, Self::free_payload);
            let py = Attached::assume();
            if !py.pending().is_null() && py.pending_is(Exception::Type) {
                drop(py.take_pending());
            }
        }
    }
}

ffi_participant::export_producer!(takes_a_refusal_for_its_own, TakesARefusalForItsOwn);
