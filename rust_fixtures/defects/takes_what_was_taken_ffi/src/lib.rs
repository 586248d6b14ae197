//! Takes a payload over from a capsule that says that it was taken.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::consumer::default_consume;
use ffi_participant::{Consumer, Object, Result, capsule};
use shared::payload::Failure;

struct TakesWhatWasTaken;

impl Consumer for TakesWhatWasTaken {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        // As if the name were there to tell kinds of payloads apart, and nothing else.
        let taken = capsule::check_exact(capsule) && capsule::is_valid(capsule, Some(used_name));
        default_consume::<Self>(capsule, if taken { Some(used_name) } else { name }, used_name, fails)
    }
}

ffi_participant::export_consumer!(takes_what_was_taken, TakesWhatWasTaken);
