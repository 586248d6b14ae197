//! Has one text for every failure, and that names a module it does not import.

use ffi_participant::{Attached, Consumer, Exception, Raised, Result};
use shared::payload::FunctionTable;

struct BlamesAnotherModule;

impl Consumer for BlamesAnotherModule {
    fn fall_back(py: Attached, _raised: Raised) -> Result<*const FunctionTable> {
        Err(py.raise(Exception::Import, "slow_math is missing or too old"))
    }
}

ffi_participant::export_consumer!(blames_another_module, BlamesAnotherModule);
