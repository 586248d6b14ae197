//! Imports its table while it is imported itself, through raw `pyo3-ffi`.

use ffi_participant::{Attached, Consumer, Object, Result, consumer, module::State};
use shared::payload::FunctionTable;

struct EagerRenderer;

impl Consumer for EagerRenderer {
    fn on_import(module: &Object) -> Result<()> {
        // SAFETY: called for our module while it is executed.
        unsafe { consumer::import_eagerly::<Self>(module) }
    }

    fn ready_table(_py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::imported_table(state)
    }
}

ffi_participant::export_consumer!(eager_renderer, EagerRenderer);
