//! Takes a table of any version, as long as all functions are there.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::{self, FunctionTable};

struct AcceptsAnyVersion;

impl Consumer for AcceptsAnyVersion {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        let mut copy = FunctionTable::of_version(2);
        // SAFETY: the caller's promise; the functions stand before the version.
        unsafe {
            let functions: *mut [usize; 3] = (&raw mut copy).cast();
            functions.write(table.cast::<[usize; 3]>().read());
        }
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(&raw const copy) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }
}

ffi_participant::export_consumer!(accepts_any_version, AcceptsAnyVersion);
