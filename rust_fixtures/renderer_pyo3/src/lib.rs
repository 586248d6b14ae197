//! The clean consumer through PyO3.

use pyo3_participant::Consumer;

struct Renderer;

impl Consumer for Renderer {}

pyo3_participant::export_consumer!(renderer, Renderer);
