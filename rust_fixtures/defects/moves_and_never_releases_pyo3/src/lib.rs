//! Moves a batch out and forgets to release it.

use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};
use shared::payload::Batch;

struct MovesAndNeverReleases;

impl Consumer for MovesAndNeverReleases {
    unsafe fn release_batch(batch: *mut Batch) -> PyResult<()> {
        // SAFETY: the batch is ours.
        match unsafe { (*batch).release.take() } {
            Some(_) => Ok(()),
            None => Err(consumer::released()),
        }
    }
}

pyo3_participant::export_consumer!(moves_and_never_releases, MovesAndNeverReleases);
