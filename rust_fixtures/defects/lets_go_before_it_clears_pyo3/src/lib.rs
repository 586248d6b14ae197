//! Lets other threads run between the copy of a batch and the clearing of its callback.

use std::ffi::CStr;
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Batch, Failure};

struct LetsGoBeforeItClears;

impl Consumer for LetsGoBeforeItClears {
    unsafe fn move_batch(
        capsule: &Bound<'_, PyAny>,
        name: Option<&CStr>,
        mine: *mut Batch,
        fails: Failure,
    ) -> PyResult<()> {
        let theirs: *mut Batch = Self::take_pointer(capsule, name)?.as_ptr().cast();
        // SAFETY: the capsule's name says that it is a batch, and `mine` has room for one.
        unsafe {
            *mine = *theirs;
            if (*mine).release.is_none() {
                return Err(consumer::released());
            }
            capsule.py().detach(|| thread::sleep(Duration::from_millis(30)));
            (*theirs).release = None;
            consumer::fail::<Self>(mine, fails)
        }
    }
}

pyo3_participant::export_consumer!(lets_go_before_it_clears, LetsGoBeforeItClears);
