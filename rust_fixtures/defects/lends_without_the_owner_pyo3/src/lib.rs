//! Hands a capsule out around what another capsule owns, and keeps nothing alive.

use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::Producer;

struct LendsWithoutTheOwner;

impl Producer for LendsWithoutTheOwner {
    fn keep_lender<'py>(_lender: &Bound<'py, PyCapsule>) -> Option<Bound<'py, PyCapsule>> {
        None
    }
}

pyo3_participant::export_producer!(lends_without_the_owner, LendsWithoutTheOwner);
