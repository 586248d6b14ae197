//! Makes a string for a message in each destructor and keeps the reference.

use ffi_participant::{Attached, Object, Producer, RawObject};
use shared::owned;

struct LeaksWithEachCapsule;

impl Producer for LeaksWithEachCapsule {
    unsafe fn clean_up(capsule: *mut RawObject) {
        // SAFETY: the caller's promise.
        let py = unsafe {
            owned::clean_up(capsule, Self::free_payload);
            Attached::assume()
        };
        // A message that nobody takes over.
        let _ = py.string(&format!("closed {capsule:p}")).map(Object::into_ptr);
    }
}

ffi_participant::export_producer!(leaks_with_each_capsule, LeaksWithEachCapsule);
