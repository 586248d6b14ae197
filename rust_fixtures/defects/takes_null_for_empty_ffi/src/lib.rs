//! Makes no difference between no name and the empty one.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct TakesNullForEmpty;

impl Consumer for TakesNullForEmpty {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        if capsule::check_exact(capsule) {
            let found = capsule::get_name(capsule)?;
            if found.as_deref().unwrap_or_default() == agreed.unwrap_or_default() {
                return capsule::get_pointer(capsule, found.as_deref());
            }
        }
        capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(takes_null_for_empty, TakesNullForEmpty);
