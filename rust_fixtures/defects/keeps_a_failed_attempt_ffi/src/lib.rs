//! Tries a newer name first, and keeps the error of that when the older one fits.
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

struct KeepsAFailedAttempt;

impl Consumer for KeepsAFailedAttempt {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        let newer = next_version(name).map(|next| capsule::get_pointer(capsule, Some(&next)));
        // Dropping the result drops nothing that Python knows of.
        if let Some(Ok(pointer)) = newer {
            return Ok(pointer);
        }
        capsule::get_pointer(capsule, name).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }
}

ffi_participant::export_consumer!(keeps_a_failed_attempt, KeepsAFailedAttempt);
