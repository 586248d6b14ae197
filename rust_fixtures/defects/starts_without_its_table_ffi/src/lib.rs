//! Clears the error of a failed import, and is imported without its table.

use ffi_participant::{Attached, Consumer, Object, Result, consumer, module::State};
use shared::payload::FunctionTable;

struct StartsWithoutItsTable;

impl Consumer for StartsWithoutItsTable {
    fn on_import(module: &Object) -> Result<()> {
        // SAFETY: called for our module while it is executed.
        if unsafe { consumer::import_eagerly::<Self>(module) }.is_err() {
            module.attached().take_pending();
        }
        Ok(())
    }

    fn ready_table(_py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::imported_table(state)
    }
}

ffi_participant::export_consumer!(starts_without_its_table, StartsWithoutItsTable);
