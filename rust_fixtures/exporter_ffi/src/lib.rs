//! The clean exporter through raw `pyo3-ffi`.

use ffi_participant::Exporter;

struct Exports;

impl Exporter for Exports {}

ffi_participant::export_exporter!(exporter, Exports);
