//! The table in the attribute `_C_API` lacks a function.
//!
//! <https://github.com/numpy/numpy/issues/25023>

use std::ffi::{CStr, c_void};
use std::ptr;

use ffi_participant::{Object, Producer, Result};
use shared::payload::{Function, fast_cos, fast_sin};

/// The table, with None where there is no function yet.
#[repr(C)]
struct Table {
    sin: Option<Function>,
    cos: Option<Function>,
    sqrt: Option<Function>,
    version: i32,
}

static TABLE: Table = Table { sin: Some(fast_sin), cos: Some(fast_cos), sqrt: None, version: 2 };

struct LeavesASlotEmpty;

impl Producer for LeavesASlotEmpty {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        let published = match attribute.to_bytes() {
            b"_C_API" => ptr::from_ref(&TABLE).cast_mut().cast(),
            _ => pointer,
        };
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), published, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }
}

ffi_participant::export_producer!(leaves_a_slot_empty, LeavesASlotEmpty);
