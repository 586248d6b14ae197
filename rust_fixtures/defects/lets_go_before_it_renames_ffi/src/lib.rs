//! Lets other threads run between the look at the name and the rename.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::thread;
use std::time::Duration;

use ffi_participant::{Consumer, Object, Result, capsule, consumer};
use shared::payload::{Failure, Kind};

struct LetsGoBeforeItRenames;

impl Consumer for LetsGoBeforeItRenames {
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        let pointer = Self::take_pointer(capsule, name)?;
        let py = capsule.attached();
        // SAFETY: a sleep knows nothing of Python.
        unsafe { py.detached(|| thread::sleep(Duration::from_millis(30))) };
        // SAFETY: the used name lives as long as the process; the pointer leads to a handle.
        unsafe {
            capsule::set_name(capsule, Some(used_name))?;
            consumer::fail::<Self>(py, fails, pointer.as_ptr(), Kind::Handle)?;
        }
        Ok(pointer)
    }
}

ffi_participant::export_consumer!(lets_go_before_it_renames, LetsGoBeforeItRenames);
