//! Holds a lock over the whole destructor, in which another capsule of its may die.

use std::process;
use std::sync::Mutex;

use ffi_participant::{Producer, RawObject};
use shared::owned;

struct LocksWhileItLetsGo;

impl Producer for LocksWhileItLetsGo {
    unsafe fn clean_up(capsule: *mut RawObject) {
        static BUSY: Mutex<()> = Mutex::new(());
        // The lock is held further up this very stack: to wait for it is to wait for ever. Who tests this has no time
        // for that.
        let Ok(_busy) = BUSY.try_lock() else { process::abort() };
        // SAFETY: the caller's promise.
        unsafe { owned::clean_up(capsule, Self::free_payload) };
    }
}

ffi_participant::export_producer!(locks_while_it_lets_go, LocksWhileItLetsGo);
