//! Compares names as text, in which all bytes that are no UTF-8 look alike.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct ComparesLossily;

impl Consumer for ComparesLossily {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        if let (true, Some(agreed)) = (capsule::check_exact(capsule), agreed)
            && let Some(found) = capsule::get_name(capsule)?
            && found.to_string_lossy() == agreed.to_string_lossy()
        {
            return capsule::get_pointer(capsule, Some(&found));
        }
        capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(compares_lossily, ComparesLossily);
