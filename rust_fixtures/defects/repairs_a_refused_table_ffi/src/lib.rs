//! Writes the version that it wants into a table of another one.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::{self, FunctionTable};

struct RepairsARefusedTable;

impl Consumer for RepairsARefusedTable {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }.map_err(|reason| {
            // SAFETY: none: the table is not ours to write to; that is the defect.
            unsafe { (*table.cast_mut()).version = 2 };
            py.raise(Exception::Import, &reason)
        })
    }
}

ffi_participant::export_consumer!(repairs_a_refused_table, RepairsARefusedTable);
