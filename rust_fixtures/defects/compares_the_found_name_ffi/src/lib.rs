//! Compares the name that it found by itself, and takes NULL for a name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct ComparesTheFoundName;

impl Consumer for ComparesTheFoundName {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        if let Some(wanted) = name {
            let py = capsule.attached();
            // SAFETY: a live object; that there may be no name is what this gets wrong.
            let found = unsafe { CStr::from_ptr(pyo3_ffi::PyCapsule_GetName(capsule.as_ptr())) };
            if found != wanted {
                let raised = py.raise(Exception::Value, "wrong capsule");
                Self::refuse(py, Exception::Value, name);
                return Err(raised);
            }
        }
        capsule::get_pointer(capsule, name).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }
}

ffi_participant::export_consumer!(compares_the_found_name, ComparesTheFoundName);
