//! Panics where nothing can catch it when the table is of a version that it does not know.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::{self, FunctionTable};

struct AbortsOnALaterVersion;

impl Consumer for AbortsOnALaterVersion {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise. A panic in an `extern "C"` function ends the process.
        assert!(unsafe { (*table).version } <= 2, "this version of fast_math is unknown");
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }
}

ffi_participant::export_consumer!(aborts_on_a_later_version, AbortsOnALaterVersion);
