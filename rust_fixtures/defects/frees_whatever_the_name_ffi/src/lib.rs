//! Frees whatever name the capsule bears when it dies.
//!
//! As in <https://github.com/scipy/scipy/pull/25052>.

use ffi_participant::{Producer, RawObject};
use pyo3_ffi::PyCapsule_GetName;
use shared::{instrument, owned};

struct FreesWhateverTheName;

impl Producer for FreesWhateverTheName {
    unsafe fn clean_up(capsule: *mut RawObject) {
        // SAFETY: the caller's promise; that the name is ours to free is what this gets wrong.
        unsafe {
            let name = PyCapsule_GetName(capsule).cast_mut().cast();
            let renamed = owned::of(capsule).is_some_and(|owned| name != owned.name && name != owned.renamed);
            owned::clean_up(capsule, Self::free_payload);
            if renamed {
                instrument::release(name);
            }
        }
    }
}

ffi_participant::export_producer!(frees_whatever_the_name, FreesWhateverTheName);
