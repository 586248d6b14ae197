//! Compares the addresses of names, not their text.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

struct ComparesAddresses;

impl Consumer for ComparesAddresses {
    fn take_pointer(capsule: &Object, agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        if let (true, Some(agreed)) = (capsule::check_exact(capsule), agreed)
            && capsule::name_address(capsule)? != agreed.as_ptr()
        {
            let py = capsule.attached();
            let raised = py.raise(Exception::Value, "this is not our name");
            Self::refuse(py, Exception::Value, Some(agreed));
            return Err(raised);
        }
        capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))
    }
}

ffi_participant::export_consumer!(compares_addresses, ComparesAddresses);
