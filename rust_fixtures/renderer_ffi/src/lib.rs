//! The clean consumer through raw `pyo3-ffi`.

use ffi_participant::Consumer;

struct Renderer;

impl Consumer for Renderer {}

ffi_participant::export_consumer!(renderer, Renderer);
