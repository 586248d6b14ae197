//! Moves a batch out and leaves its callback in the capsule.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::{Batch, Failure};

struct CopiesABatch;

impl Consumer for CopiesABatch {
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
            consumer::fail::<Self>(mine, fails)
        }
    }
}

pyo3_participant::export_consumer!(copies_a_batch, CopiesABatch);
