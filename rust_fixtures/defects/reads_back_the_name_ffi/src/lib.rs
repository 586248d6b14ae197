//! Passes the name of a capsule back to the API, which checks nothing.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct ReadsBackTheName;

impl Consumer for ReadsBackTheName {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        let found =
            capsule::get_name(capsule).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))?;
        capsule::get_pointer(capsule, found.as_deref())
    }
}

ffi_participant::export_consumer!(reads_back_the_name, ReadsBackTheName);
