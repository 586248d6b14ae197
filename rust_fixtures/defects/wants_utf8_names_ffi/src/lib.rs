//! Turns the wanted name into a string before it asks for it.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct WantsUtf8Names;

impl Consumer for WantsUtf8Names {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        if let Some(Err(error)) = agreed.map(CStr::to_str) {
            return Err(capsule.attached().raise(Exception::Type, &error.to_string()));
        }
        capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(wants_utf8_names, WantsUtf8Names);
