//! Looks for something it can do without, and leaves the error that it is not there.

use ffi_participant::{Attached, Consumer, Result, consumer, module::State};
use shared::payload::FunctionTable;

struct SucceedsWithAnErrorSet;

impl Consumer for SucceedsWithAnErrorSet {
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        let table = consumer::import_table::<Self>(py, state)?;
        // Ignoring the result leaves the error where it is.
        let _extras = py.none().attribute("extras");
        Ok(table)
    }
}

ffi_participant::export_consumer!(succeeds_with_an_error_set, SucceedsWithAnErrorSet);
