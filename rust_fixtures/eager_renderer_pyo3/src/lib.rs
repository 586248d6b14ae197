//! Imports its table while it is imported itself, through PyO3.

use pyo3::prelude::*;
use pyo3_participant::{Consumer, consumer};

struct EagerRenderer;

impl Consumer for EagerRenderer {
    fn on_import(module: &Bound<'_, PyModule>) -> PyResult<()> {
        consumer::import_eagerly::<Self>(module)
    }
}

pyo3_participant::export_consumer!(eager_renderer, EagerRenderer);
