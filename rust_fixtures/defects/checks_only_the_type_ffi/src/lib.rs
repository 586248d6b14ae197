//! Takes the pointer of any capsule: that it is one is all it asks.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct ChecksOnlyTheType;

impl Consumer for ChecksOnlyTheType {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        let any = capsule::check_exact(capsule) && !capsule::is_valid(capsule, name);
        let found = if any { capsule::get_name(capsule)? } else { None };
        capsule::get_pointer(capsule, if any { found.as_deref() } else { name })
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }
}

ffi_participant::export_consumer!(checks_only_the_type, ChecksOnlyTheType);
