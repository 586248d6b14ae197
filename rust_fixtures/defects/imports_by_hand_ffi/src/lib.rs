//! Fetches the attribute itself and passes the capsule the name that it bears.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Attached, Consumer, Exception, Object, Result, capsule, consumer};

struct ImportsByHand;

impl Consumer for ImportsByHand {
    fn import_pointer(py: Attached, name: &CStr, _no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        let capsule =
            consumer::find_object(py, name).inspect_err(|_| Self::refuse(py, Exception::Attribute, Some(name)))?;
        let pointer = capsule::get_pointer(&capsule, capsule::get_name(&capsule)?.as_deref())?;
        Ok((pointer, capsule))
    }
}

ffi_participant::export_consumer!(imports_by_hand, ImportsByHand);
