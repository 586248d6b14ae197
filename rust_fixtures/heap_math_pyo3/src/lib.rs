//! Allocates its table anew for each module; the capsule frees it.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::prelude::*;
use pyo3_participant::{Producer, producer};
use shared::payload;

struct HeapMath;

impl Producer for HeapMath {
    unsafe fn publish_capsule(
        module: &Bound<'_, PyModule>,
        attribute: &str,
        name: &'static CStr,
        pointer: NonNull<c_void>,
    ) -> PyResult<()> {
        if attribute == "_C_API" {
            // The capsule may outlive its module, so nothing but the capsule owns the table.
            return producer::publish_owned::<Self>(
                module,
                attribute,
                name,
                payload::bytes_of(Self::published_table()),
            );
        }
        // SAFETY: the caller's promise.
        let capsule = unsafe { Self::new_capsule(module.py(), pointer, name, None)? };
        module.setattr(attribute, capsule)
    }
}

pyo3_participant::export_producer!(heap_math, HeapMath);
