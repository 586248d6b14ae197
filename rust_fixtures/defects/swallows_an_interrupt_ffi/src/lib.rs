//! Falls back whatever the import raised, an interrupt included.

use ffi_participant::{Attached, Consumer, Raised, Result};
use shared::payload::{self, FunctionTable};

struct SwallowsAnInterrupt;

impl Consumer for SwallowsAnInterrupt {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        py.take_pending();
        Ok(&payload::TABLE)
    }
}

ffi_participant::export_consumer!(swallows_an_interrupt, SwallowsAnInterrupt);
