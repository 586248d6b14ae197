//! The end of a stream is an error.

use ffi_participant::Exporter;
use ffi_participant::arrow::ArrowArray;

struct Exports;

impl Exporter for Exports {
    fn end_of_stream(_out: &mut ArrowArray) -> i32 {
        34 // ERANGE
    }
}

ffi_participant::export_exporter!(fails_at_the_end_of_its_stream, Exports);
