//! Keeps the pointer and lets the capsule go.
//!
//! As in <https://github.com/python/cpython/issues/111784>.

use pyo3::prelude::*;
use pyo3_participant::Consumer;

struct KeepsNoOwner;

impl Consumer for KeepsNoOwner {
    fn keep_owner<'py>(capsule: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        capsule.py().None().into_bound(capsule.py())
    }
}

pyo3_participant::export_consumer!(keeps_no_owner, KeepsNoOwner);
