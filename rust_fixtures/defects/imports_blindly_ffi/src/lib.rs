//! Copies its table while it is imported, without a look at what it got.

use ffi_participant::consumer::WANTED;
use ffi_participant::{Consumer, Object, Result, module};
use shared::payload::FunctionTable;

struct ImportsBlindly;

impl Consumer for ImportsBlindly {
    fn on_import(module: &Object) -> Result<()> {
        // SAFETY: attached, and the name ends in NUL.
        let table: *const FunctionTable = unsafe { pyo3_ffi::PyCapsule_Import(WANTED.as_ptr(), 0) }.cast();
        // SAFETY: broken on purpose, NULL has no version; the state is that of our module.
        unsafe {
            assert_ne!((*table).version, 0);
            (*module::state(module.as_ptr())).table = table;
        }
        Ok(())
    }
}

ffi_participant::export_consumer!(imports_blindly, ImportsBlindly);
