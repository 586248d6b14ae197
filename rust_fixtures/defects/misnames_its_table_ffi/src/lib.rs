//! The capsule in the attribute `_C_API` forgets its module in its name.

use std::ffi::{CStr, c_void};

use ffi_participant::{Object, Producer, Result};

struct MisnamesItsTable;

impl Producer for MisnamesItsTable {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        let name = if attribute == c"_C_API" { c"_C_API" } else { name };
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(misnames_its_table, MisnamesItsTable);
