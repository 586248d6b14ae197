//! Renames a capsule before it looks at its name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, capsule, consumer::default_consume};
use shared::payload::Failure;

struct ConsumesWhatItRefuses;

impl Consumer for ConsumesWhatItRefuses {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        if capsule::check_exact(capsule) && !capsule::is_valid(capsule, name) {
            // SAFETY: the used name lives as long as the process.
            unsafe { capsule::set_name(capsule, Some(used_name))? };
        }
        default_consume::<Self>(capsule, name, used_name, fails)
    }
}

ffi_participant::export_consumer!(consumes_what_it_refuses, ConsumesWhatItRefuses);
