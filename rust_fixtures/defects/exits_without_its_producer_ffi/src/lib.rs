//! Prints the error of a failed import and ends the process.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::FunctionTable;

struct ExitsWithoutItsProducer;

impl Consumer for ExitsWithoutItsProducer {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        eprintln!("fast_math is missing");
        std::process::exit(1)
    }
}

ffi_participant::export_consumer!(exits_without_its_producer, ExitsWithoutItsProducer);
