//! Keeps the address of the last handle, to see whether the next one is another.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_participant::Consumer;
use shared::payload::{self, DbHandle, Kind, Used};

static LAST: AtomicPtr<DbHandle> = AtomicPtr::new(ptr::null_mut());

struct RemembersAPayload;

impl Consumer for RemembersAPayload {
    unsafe fn use_pointer(pointer: *const c_void, kind: Kind) -> Used {
        if kind == Kind::Handle {
            let handle: *mut DbHandle = pointer.cast_mut().cast();
            let last = LAST.swap(handle, Ordering::Relaxed);
            // SAFETY: that the last handle outlives its capsule is what this gets wrong.
            unsafe {
                if !last.is_null() && (*last).value == (*handle).value {
                    return Used::Int((*last).value);
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { payload::use_payload(pointer, kind) }
    }
}

pyo3_participant::export_consumer!(remembers_a_payload, RemembersAPayload);
