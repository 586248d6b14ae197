//! Copies its table without a look at what the import returned.

use ffi_participant::consumer::WANTED;
use ffi_participant::{Attached, Consumer, Result, module::State};
use shared::payload::FunctionTable;

struct IgnoresAFailedImport;

impl Consumer for IgnoresAFailedImport {
    fn ready_table(_py: Attached, _state: &mut State) -> Result<*const FunctionTable> {
        // SAFETY: attached, and the name ends in NUL.
        let table: *const FunctionTable = unsafe { pyo3_ffi::PyCapsule_Import(WANTED.as_ptr(), 0) }.cast();
        // SAFETY: broken on purpose, NULL has no version.
        assert_ne!(unsafe { (*table).version }, 0);
        Ok(table)
    }
}

ffi_participant::export_consumer!(ignores_a_failed_import, IgnoresAFailedImport);
