//! Forgets the payload if something fails after the capsule gave it up.

use std::ffi::c_void;

use ffi_participant::Consumer;
use shared::payload::Kind;

struct LosesWhatItRenamed;

impl Consumer for LosesWhatItRenamed {
    unsafe fn abandon(_pointer: *mut c_void, _kind: Kind, _ours: bool) {}
}

ffi_participant::export_consumer!(loses_what_it_renamed, LosesWhatItRenamed);
