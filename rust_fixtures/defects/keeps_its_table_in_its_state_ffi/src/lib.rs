//! Frees its table with the module, though capsules still lead to it.
//!
//! As in <https://github.com/python/cpython/issues/100689> and
//! <https://github.com/python/cpython/issues/111784>.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use ffi_participant::{Object, Producer, Result, module};
use shared::{owned, payload};

/// Lives as long as the module.
static OWN_TABLE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

struct KeepsItsTableInItsState;

impl Producer for KeepsItsTableInItsState {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        mut pointer: *mut c_void,
    ) -> Result<()> {
        let py = module.attached();
        if attribute == c"_C_API" {
            module::bind_early(c"producer", py)?;
            // SAFETY: attached.
            pointer = unsafe { owned::place_payload(payload::bytes_of(Self::published_table()), false) };
            OWN_TABLE.store(pointer, Ordering::Relaxed);
        }
        // SAFETY: that the pointer lives as long as the capsule is what this gets wrong.
        let capsule = unsafe { Self::new_capsule(py, pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }

    fn end_module() {
        // SAFETY: a module dies attached.
        unsafe { Self::free_payload(OWN_TABLE.swap(ptr::null_mut(), Ordering::Relaxed)) };
    }
}

ffi_participant::export_producer!(keeps_its_table_in_its_state, KeepsItsTableInItsState);
