//! Makes sure that the old name is gone by asking for it, and keeps the error.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, capsule};

struct ChecksItsRename;

impl Consumer for ChecksItsRename {
    fn consume_capsule(capsule: &Object, name: Option<&CStr>, used_name: &'static CStr) -> Result<NonNull<c_void>> {
        if !capsule::is_valid(capsule, name) {
            return Self::take_pointer(capsule, name);
        }
        let pointer = capsule::get_pointer(capsule, name)?;
        // SAFETY: the used name lives as long as the process.
        unsafe { capsule::set_name(capsule, Some(used_name))? };
        if name.is_some_and(|name| name.to_bytes().ends_with(b".v1")) {
            // Fails, as it should; but nobody clears what it leaves.
            let _ = capsule::get_pointer(capsule, name);
        }
        Ok(pointer)
    }
}

ffi_participant::export_consumer!(checks_its_rename, ChecksItsRename);
