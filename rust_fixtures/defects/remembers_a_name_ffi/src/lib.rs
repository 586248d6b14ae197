//! Keeps the address of a capsule's name to save itself a check the next time.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use ffi_participant::{Consumer, Exception, Object, Result, capsule};

static LAST: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

struct RemembersAName;

impl Consumer for RemembersAName {
    fn take_pointer(capsule: &Object, mut agreed: Option<&CStr>) -> Result<NonNull<c_void>> {
        let last = LAST.load(Ordering::Relaxed);
        // SAFETY: that the name outlives its capsule is what this gets wrong.
        let last = (!last.is_null()).then(|| unsafe { CStr::from_ptr(last) });
        if last == agreed {
            agreed = last;
        }
        let pointer = capsule::get_pointer(capsule, agreed)
            .inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, agreed))?;
        LAST.store(capsule::name_address(capsule)?.cast_mut(), Ordering::Relaxed);
        Ok(pointer)
    }
}

ffi_participant::export_consumer!(remembers_a_name, RemembersAName);
