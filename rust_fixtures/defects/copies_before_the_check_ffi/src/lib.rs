//! Copies the whole table before it looks at the version.
//!
//! Corrected in mypyc: https://github.com/python/mypy/pull/21311

use std::mem::MaybeUninit;

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Exception, Result, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct CopiesBeforeTheCheck;

impl Consumer for CopiesBeforeTheCheck {
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        let mut copy = MaybeUninit::<policy::PackedTable>::uninit();
        let (from, to): (*const u8, *mut u8) = (table.cast(), copy.as_mut_ptr().cast());
        for index in 0..size_of::<policy::PackedTable>() {
            // Volatile, or the compiler reads no more of it than is used.
            // SAFETY: none, if the table is an older one; that is the defect.
            unsafe { to.add(index).write(from.add(index).read_volatile()) };
        }
        // SAFETY: it was filled above.
        unsafe { policy::exact(copy.as_ptr()) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::packed_sine(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::PACKED)
    }
}

ffi_participant::export_consumer!(copies_before_the_check, CopiesBeforeTheCheck);
