//! Counts open handles in memory that is freed with the module.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use ffi_participant::{Object, Producer, RawObject, Result, module};
use shared::{instrument, owned};

/// How many handles were closed; freed with the module.
static CLOSED: AtomicPtr<i64> = AtomicPtr::new(ptr::null_mut());

struct OutlivesItsModule;

impl Producer for OutlivesItsModule {
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        if CLOSED.load(Ordering::Relaxed).is_null() {
            module::bind_early(c"producer", module.attached())?;
            // SAFETY: attached.
            let closed = unsafe { instrument::place(c"payload", &0_i64.to_ne_bytes(), false) };
            CLOSED.store(closed.map_or(ptr::null_mut(), |it| it.as_ptr().cast()), Ordering::Relaxed);
        }
        // SAFETY: the caller's promise.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
    }

    unsafe fn clean_up(capsule: *mut RawObject) {
        // SAFETY: the caller's promise; that the counter is still there is what this gets wrong.
        unsafe {
            owned::clean_up(capsule, Self::free_payload);
            *CLOSED.load(Ordering::Relaxed) += 1;
        }
    }

    fn end_module() {
        // SAFETY: a module dies attached.
        unsafe { instrument::release(CLOSED.load(Ordering::Relaxed).cast()) };
    }
}

ffi_participant::export_producer!(outlives_its_module, OutlivesItsModule);
