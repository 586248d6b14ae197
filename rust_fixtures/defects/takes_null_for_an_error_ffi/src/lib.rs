//! Takes a name that is NULL for the failure of the call that returned it.
//!
//! <https://github.com/numba/numba/issues/7824>

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Raised, Result, capsule};

struct TakesNullForAnError;

impl Consumer for TakesNullForAnError {
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        if name.is_none() && capsule::check_exact(capsule) && capsule::get_name(capsule)?.is_none() {
            return Err(Raised);
        }
        capsule::get_pointer(capsule, name).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }
}

ffi_participant::export_consumer!(takes_null_for_an_error, TakesNullForAnError);
