//! Computes by itself where its table is not to be had, through raw `pyo3-ffi`.

use ffi_participant::{Attached, Consumer, Exception, Raised, Result};
use shared::payload::{self, FunctionTable};

struct OptionalRenderer;

impl Consumer for OptionalRenderer {
    fn fall_back(py: Attached, raised: Raised) -> Result<*const FunctionTable> {
        // Missing, or not what it should be; any other error is not ours to hide.
        if !py.pending_is(Exception::Import) && !py.pending_is(Exception::Type) {
            return Err(raised);
        }
        py.take_pending();
        Ok(&payload::TABLE)
    }
}

ffi_participant::export_consumer!(optional_renderer, OptionalRenderer);
