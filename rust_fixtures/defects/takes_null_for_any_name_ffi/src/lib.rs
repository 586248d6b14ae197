//! Checks the name only if it was told one.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct TakesNullForAnyName;

impl Consumer for TakesNullForAnyName {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        let any = agreed.is_none() && capsule::check_exact(capsule);
        let found = if any { capsule::get_name(capsule)? } else { None };
        capsule::get_pointer(capsule, found.as_deref().or(agreed))
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(takes_null_for_any_name, TakesNullForAnyName);
