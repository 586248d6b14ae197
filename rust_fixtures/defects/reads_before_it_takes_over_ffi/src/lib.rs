//! Looks whether a payload is worth being taken over before it checks the name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, capsule, consumer};
use shared::payload::{Batch, Failure};

/// Whether the payload begins with anything but zeros.
fn is_worth_it(capsule: &Object) -> Result<bool> {
    if !capsule::check_exact(capsule) {
        return Ok(true);
    }
    let first = capsule::get_pointer(capsule, capsule::get_name(capsule)?.as_deref())?;
    // SAFETY: that there is such a word, and that it may be read, is what this gets wrong.
    Ok(unsafe { first.cast::<i64>().read_volatile() } != 0)
}

struct ReadsBeforeItTakesOver;

impl Consumer for ReadsBeforeItTakesOver {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        is_worth_it(capsule)?;
        consumer::default_consume::<Self>(capsule, name, used_name, fails)
    }

    unsafe fn move_batch(capsule: &Object, name: Option<&CStr>, mine: *mut Batch, fails: Failure) -> Result<()> {
        is_worth_it(capsule)?;
        // SAFETY: the caller's promise.
        unsafe { consumer::default_move::<Self>(capsule, name, mine, fails) }
    }
}

ffi_participant::export_consumer!(reads_before_it_takes_over, ReadsBeforeItTakesOver);
