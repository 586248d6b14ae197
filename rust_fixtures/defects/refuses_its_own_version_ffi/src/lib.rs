//! Refuses the version that it was built with.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::{self, FunctionTable};

struct RefusesItsOwnVersion;

impl Consumer for RefusesItsOwnVersion {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise.
        if unsafe { (*table).version } == 2 {
            return Err(py.raise(Exception::Import, "a version after 2 is needed, found version 2"));
        }
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }
}

ffi_participant::export_consumer!(refuses_its_own_version, RefusesItsOwnVersion);
