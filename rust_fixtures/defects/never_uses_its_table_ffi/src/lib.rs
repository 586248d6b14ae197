//! Computes by itself even where its table is to be had.

use ffi_participant::{Attached, Consumer, Result, module::State};
use shared::payload::{self, FunctionTable};

struct NeverUsesItsTable;

impl Consumer for NeverUsesItsTable {
    fn ready_table(_py: Attached, _state: &mut State) -> Result<*const FunctionTable> {
        Ok(&payload::TABLE)
    }
}

ffi_participant::export_consumer!(never_uses_its_table, NeverUsesItsTable);
