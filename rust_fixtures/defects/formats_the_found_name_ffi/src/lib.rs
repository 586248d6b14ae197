//! Says in its message which name it found, and takes NULL for a name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct FormatsTheFoundName;

impl Consumer for FormatsTheFoundName {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        if !capsule::is_valid(capsule, name) {
            let py = capsule.attached();
            // SAFETY: a live object; that there may be no name is what this gets wrong.
            let found = unsafe { CStr::from_ptr(pyo3_ffi::PyCapsule_GetName(capsule.as_ptr())) };
            let raised = py.raise(Exception::Value, &format!("wrong capsule (found {found:?})"));
            Self::refuse(py, Exception::Value, name);
            return Err(raised);
        }
        capsule::get_pointer(capsule, name).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }
}

ffi_participant::export_consumer!(formats_the_found_name, FormatsTheFoundName);
