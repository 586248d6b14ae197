//! The capsule in the attribute `_C_API` has no name.

use std::ffi::{CStr, c_void};

use ffi_participant::{Object, Producer, Result};

struct LeavesItsTableUnnamed;

impl Producer for LeavesItsTableUnnamed {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        let name = (attribute != c"_C_API").then_some(name);
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, name, None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(leaves_its_table_unnamed, LeavesItsTableUnnamed);
