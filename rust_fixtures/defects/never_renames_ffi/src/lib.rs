//! Takes a payload over and leaves the capsule its name.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, consumer};
use shared::payload::{Failure, Kind};

struct NeverRenames;

impl Consumer for NeverRenames {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        _used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        let pointer = Self::take_pointer(capsule, name)?;
        // SAFETY: a handle, as its name says; that it is ours is what this gets wrong.
        unsafe { consumer::fail::<Self>(capsule.attached(), fails, pointer.as_ptr(), Kind::Handle)? };
        Ok(pointer)
    }
}

ffi_participant::export_consumer!(never_renames, NeverRenames);
