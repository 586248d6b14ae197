//! Compares signatures only as far as its own goes.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::module::State;
use ffi_participant::{Attached, Consumer, Object, Result, capsule, consumer};
use shared::payload::{Function, FunctionTable};
use shared::policy;

struct ComparesSignaturePrefixes;

impl Consumer for ComparesSignaturePrefixes {
    fn import_pointer(py: Attached, path: &CStr, _no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        let capsule = consumer::find_object(py, path)?;
        let found = if capsule::check_exact(&capsule) { capsule::get_name(&capsule)? } else { None };
        match &found {
            Some(name) if name.to_bytes().starts_with(policy::SIGNATURE.to_bytes()) => {
                Ok((capsule::get_pointer(&capsule, found.as_deref())?, capsule))
            }
            _ => consumer::labelled_pointer::<Self>(py, path, policy::SIGNATURE),
        }
    }

    unsafe fn accept_table(_py: Attached, _function: *const FunctionTable) -> Result<()> {
        Ok(())
    }

    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise; it was accepted as this type.
        unsafe { policy::bare(table.cast()) }
    }

    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        consumer::import_from::<Self>(py, state, policy::SIGNED)
    }
}

ffi_participant::export_consumer!(compares_signature_prefixes, ComparesSignaturePrefixes);
