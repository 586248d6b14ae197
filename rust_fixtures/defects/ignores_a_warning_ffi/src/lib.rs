//! Warns, and does not look whether that is an error.

use ffi_participant::{Attached, Consumer, Result, consumer, module::State};
use shared::payload::FunctionTable;

struct IgnoresAWarning;

impl Consumer for IgnoresAWarning {
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        let table = consumer::import_table::<Self>(py, state)?;
        let _warned = py.warn(c"render will take another table");
        Ok(table)
    }
}

ffi_participant::export_consumer!(ignores_a_warning, IgnoresAWarning);
