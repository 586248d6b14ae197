//! Tries a newer name first, and clears the error of that after the next call.
//!
//! <https://github.com/pybind/pybind11/pull/3825>

use std::ffi::{CStr, CString, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

/// The next version of a name that ends in `.v1`.
fn next_version(name: Option<&CStr>) -> Option<CString> {
    let older = name?.to_bytes().strip_suffix(b".v1")?;
    CString::new([older, b".v2"].concat()).ok()
}

struct ClearsTooLate;

impl Consumer for ClearsTooLate {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        let Some(next) = next_version(name) else {
            return capsule::get_pointer(capsule, name)
                .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name));
        };
        capsule::get_pointer(capsule, Some(&next)).or_else(|_| {
            let pointer = capsule::get_pointer(capsule, name)
                .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))?;
            drop(capsule.attached().take_pending());
            Ok(pointer)
        })
    }
}

ffi_participant::export_consumer!(clears_too_late, ClearsTooLate);
