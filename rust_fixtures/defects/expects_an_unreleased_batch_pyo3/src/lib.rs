//! Unwraps the callback of a batch, which a released one does not have.

use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::Batch;

struct ExpectsAnUnreleasedBatch;

impl Consumer for ExpectsAnUnreleasedBatch {
    unsafe fn release_batch(batch: *mut Batch) -> PyResult<()> {
        // SAFETY: the batch is ours, and the function came with it.
        unsafe {
            let release = (*batch).release.expect("nobody releases a batch twice");
            release(batch);
        }
        Ok(())
    }
}

pyo3_participant::export_consumer!(expects_an_unreleased_batch, ExpectsAnUnreleasedBatch);
