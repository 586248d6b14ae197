//! Frees the name of its table with the module, though capsules still bear it.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use ffi_participant::{Object, Producer, Result, module};
use shared::{instrument, owned};

/// Lives as long as the module.
static OWN_NAME: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

struct KeepsItsNameInItsState;

impl Producer for KeepsItsNameInItsState {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        mut name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        let py = module.attached();
        if attribute == c"_C_API" {
            module::bind_early(c"producer", py)?;
            // SAFETY: attached, and bound to an instrument.
            let placed = unsafe { owned::place_name(name) };
            OWN_NAME.store(placed, Ordering::Relaxed);
            if !placed.is_null() {
                // SAFETY: that it lives as long as the capsule is what this gets wrong.
                name = unsafe { CStr::from_ptr(placed.cast()) };
            }
        }
        // SAFETY: the pointer is to a static; the name is what this gets wrong.
        let capsule = unsafe { Self::new_capsule(py, pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }

    fn end_module() {
        let placed = OWN_NAME.swap(ptr::null_mut(), Ordering::Relaxed);
        if !placed.is_null() {
            // SAFETY: placed above, and a module dies attached.
            unsafe { instrument::release(placed) };
        }
    }
}

ffi_participant::export_producer!(keeps_its_name_in_its_state, KeepsItsNameInItsState);
