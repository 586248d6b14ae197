//! Uses a table without looking at its size.
//!
//! Layouts grew under such consumers: https://github.com/python-greenlet/greenlet/issues/178

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct IgnoresTheSize;

impl Consumer for IgnoresTheSize {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        let table: *const policy::SizedTable = table.cast();
        // SAFETY: none, if the table is shorter; that is the defect.
        unsafe { policy::need([(*table).sin, (*table).cos, (*table).sqrt]) }
            .map_err(|reason| py.raise(Exception::Import, &reason))
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::sized_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::SIZED)
    }
}

ffi_participant::export_consumer!(ignores_the_size, IgnoresTheSize);
