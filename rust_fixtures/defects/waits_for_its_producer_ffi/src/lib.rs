//! Takes a module that is not there for one that is about to come.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::thread::sleep;
use std::time::Duration;

use ffi_participant::{Attached, Consumer, Exception, Object, Raised, Result, capsule, consumer};

struct WaitsForItsProducer;

impl Consumer for WaitsForItsProducer {
    fn import_pointer(py: Attached, name: &CStr, no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        while py.import("fast_math").is_err() && py.pending_is(Exception::ModuleNotFound) {
            py.take_pending();
            sleep(Duration::from_millis(10));
        }
        if !py.pending().is_null() {
            return Err(Raised);
        }
        let capsule = capsule::import(py, name, no_block).and_then(|_| consumer::find_object(py, name));
        let capsule = capsule.inspect_err(|_| Self::refuse(py, Exception::Attribute, Some(name)))?;
        Ok((Self::take_pointer(&capsule, Some(name))?, capsule))
    }
}

ffi_participant::export_consumer!(waits_for_its_producer, WaitsForItsProducer);
