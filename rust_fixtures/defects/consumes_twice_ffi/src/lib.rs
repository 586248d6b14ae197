//! Accepts a capsule under its used name, too.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, capsule, consumer::default_consume};
use shared::payload::Failure;

struct ConsumesTwice;

impl Consumer for ConsumesTwice {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        let name = if capsule::is_valid(capsule, Some(used_name)) { Some(used_name) } else { name };
        default_consume::<Self>(capsule, name, used_name, fails)
    }
}

ffi_participant::export_consumer!(consumes_twice, ConsumesTwice);
