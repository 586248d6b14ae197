//! Builds a name for the call that makes the capsule, which ends with that call.

use std::ffi::{CStr, c_void};

use ffi_participant::capsule::{self, Destructor};
use ffi_participant::{Attached, Object, Producer, Result};
use shared::{instrument, owned};

struct FreesItsName;

impl Producer for FreesItsName {
    unsafe fn new_capsule(
        py: Attached,
        pointer: *mut c_void,
        name: Option<&CStr>,
        destructor: Option<Destructor>,
    ) -> Result<Object> {
        // What is published at import has a static name.
        let Some(name) = name.filter(|_| destructor.is_some()) else {
            // SAFETY: the caller's promise.
            return unsafe { capsule::new(py, pointer, name, destructor) };
        };
        // SAFETY: attached; that the name lives as long as the capsule is what this gets wrong.
        unsafe {
            let copy = owned::place_name(name);
            let capsule = capsule::new(py, pointer, Some(CStr::from_ptr(copy.cast())), destructor);
            instrument::release(copy);
            capsule
        }
    }
}

ffi_participant::export_producer!(frees_its_name, FreesItsName);
