//! The table of an earlier release is gone.

use std::ffi::{CStr, c_void};

use ffi_participant::{Object, Producer, Result};

struct WithdrawsItsTable;

impl Producer for WithdrawsItsTable {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        if attribute == c"_C_API" {
            return Ok(());
        }
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(withdraws_its_table, WithdrawsItsTable);
