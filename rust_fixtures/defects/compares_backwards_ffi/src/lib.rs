//! Takes older tables and refuses newer ones.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::FunctionTable;
use shared::policy;

struct ComparesBackwards;

impl Consumer for ComparesBackwards {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise.
        let found = unsafe { (*table).version };
        if found > 2 {
            return Err(py.raise(Exception::Import, &format!("version 2 is needed, found version {found}")));
        }
        // SAFETY: the version is that of the functions, as far as this consumer knows.
        unsafe { policy::labelled(table.cast()) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }
}

ffi_participant::export_consumer!(compares_backwards, ComparesBackwards);
