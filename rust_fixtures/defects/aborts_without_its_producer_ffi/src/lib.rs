//! Takes a failed import for the end of the world.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::FunctionTable;

struct AbortsWithoutItsProducer;

impl Consumer for AbortsWithoutItsProducer {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        eprintln!("fast_math is missing");
        std::process::abort()
    }
}

ffi_participant::export_consumer!(aborts_without_its_producer, AbortsWithoutItsProducer);
