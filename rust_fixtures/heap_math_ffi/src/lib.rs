//! Allocates its table anew for each module; the capsule frees it.

use std::ffi::{CStr, c_void};

use ffi_participant::{Object, Producer, Result, producer};
use shared::payload;

struct HeapMath;

impl Producer for HeapMath {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        if attribute == c"_C_API" {
            // The capsule may outlive its module, so nothing but the capsule owns the table.
            return producer::publish_owned::<Self>(
                module,
                attribute,
                name,
                payload::bytes_of(Self::published_table()),
            );
        }
        // SAFETY: the caller's promise.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(heap_math, HeapMath);
