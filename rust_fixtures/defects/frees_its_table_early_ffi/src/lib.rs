//! Builds a table for the call that makes the capsule, and frees it at the end of that call.

use std::ffi::c_void;

use ffi_participant::{Attached, Producer, Result, producer};
use shared::payload::Kind;

struct FreesItsTableEarly;

impl Producer for FreesItsTableEarly {
    fn place_payload(py: Attached, kind: Option<Kind>, bytes: Option<&[u8]>, sealed: bool) -> Result<*mut c_void> {
        let payload = producer::place_payload::<Self>(py, kind, bytes, sealed)?;
        if kind == Some(Kind::Table) {
            // As a `Box` does whose owner gave out its address and ends with this call.
            // SAFETY: attached; that nobody else ends it is what this gets wrong.
            unsafe { Self::free_payload(payload) };
        }
        Ok(payload)
    }
}

ffi_participant::export_producer!(frees_its_table_early, FreesItsTableEarly);
