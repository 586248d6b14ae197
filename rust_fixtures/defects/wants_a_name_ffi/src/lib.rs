//! Believes that every capsule has a name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct WantsAName;

impl Consumer for WantsAName {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        if agreed.is_none() {
            let py = capsule.attached();
            let raised = py.raise(Exception::Value, "a capsule has a name");
            Self::refuse(py, Exception::Value, agreed);
            return Err(raised);
        }
        capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(wants_a_name, WantsAName);
