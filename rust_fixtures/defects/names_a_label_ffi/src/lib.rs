//! The capsule in the attribute `_C_API` is called what it is, not where it is.

use std::ffi::{CStr, c_void};

use ffi_participant::{Object, Producer, Result};

struct NamesALabel;

impl Producer for NamesALabel {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        let name = if attribute == c"_C_API" { c"fast math table" } else { name };
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(names_a_label, NamesALabel);
