//! Makes sure that the old name is gone by asking for it, and keeps the error.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, capsule, consumer};
use shared::payload::Failure;

struct ChecksItsRename;

impl Consumer for ChecksItsRename {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        let pointer = consumer::default_consume::<Self>(capsule, name, used_name, fails)?;
        if name.is_some_and(|name| name.to_bytes().ends_with(b".v1")) {
            // Fails, as it should; but nobody clears what it leaves.
            let _ = capsule::get_pointer(capsule, name);
        }
        Ok(pointer)
    }
}

ffi_participant::export_consumer!(checks_its_rename, ChecksItsRename);
