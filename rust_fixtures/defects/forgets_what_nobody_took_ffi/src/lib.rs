//! Its destructors give nothing back.

use ffi_participant::{Exporter, RawObject};

struct Exports;

impl Exporter for Exports {
    unsafe fn end_tensor(_capsule: *mut RawObject) {}

    fn gives_back() -> bool {
        false
    }
}

ffi_participant::export_exporter!(forgets_what_nobody_took, Exports);
