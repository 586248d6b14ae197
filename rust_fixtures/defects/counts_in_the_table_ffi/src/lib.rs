//! Keeps a count of its users in the padding of the table.

use ffi_participant::{Attached, Consumer, Exception, Result};
use shared::payload::{self, FunctionTable};

struct CountsInTheTable;

impl Consumer for CountsInTheTable {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise; behind the version the table has four more bytes, which are not ours.
        unsafe {
            payload::check_table(table).map_err(|reason| py.raise(Exception::Import, &reason))?;
            *(&raw const (*table).version).add(1).cast_mut() += 1;
        }
        Ok(())
    }
}

ffi_participant::export_consumer!(counts_in_the_table, CountsInTheTable);
