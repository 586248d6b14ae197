//! A released struct of Arrow's looks as if it were not.

use ffi_participant::Exporter;

struct Exports;

impl Exporter for Exports {
    fn marks_released() -> bool {
        false
    }
}

ffi_participant::export_exporter!(leaves_its_release_set, Exports);
