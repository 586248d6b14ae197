//! Builds the used name for the call that renames, which ends with that call.

use std::ffi::{CStr, CString, c_void};
use std::ptr::NonNull;

use ffi_participant::{Consumer, Object, Result, consumer::default_consume};
use shared::payload::Failure;

struct FreesItsUsedName;

impl Consumer for FreesItsUsedName {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        let copy: &mut CStr = Box::leak(CString::from(used_name).into_boxed_c_str());
        let (start, length) = (copy.as_ptr().cast_mut(), copy.count_bytes());
        // SAFETY: the name lives; its bytes are another matter.
        let used_name = unsafe { CStr::from_ptr(start) };
        let taken = default_consume::<Self>(capsule, name, used_name, fails);
        // SAFETY: ours to write to. Overwritten rather than dropped, as if the memory had been given to somebody else.
        unsafe { start.write_bytes(b'?', length) };
        taken
    }
}

ffi_participant::export_consumer!(frees_its_used_name, FreesItsUsedName);
