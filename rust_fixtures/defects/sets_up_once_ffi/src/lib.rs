//! Marks its set-up as done before it has succeeded, so a second import finds nothing to do.

use std::sync::Once;

use ffi_participant::{Attached, Consumer, Object, Result, consumer, module::State};
use shared::payload::FunctionTable;

static SET_UP: Once = Once::new();

struct SetsUpOnce;

impl Consumer for SetsUpOnce {
    fn on_import(module: &Object) -> Result<()> {
        let mut result = Ok(());
        // SAFETY: called for our module while it is executed.
        SET_UP.call_once(|| result = unsafe { consumer::import_eagerly::<Self>(module) });
        result
    }

    fn ready_table(_py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::imported_table(state)
    }
}

ffi_participant::export_consumer!(sets_up_once, SetsUpOnce);
