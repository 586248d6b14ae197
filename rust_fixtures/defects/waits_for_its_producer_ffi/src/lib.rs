//! Takes a module that is not there for one that is about to come.

use std::thread::sleep;
use std::time::Duration;

use ffi_participant::{Attached, Consumer, Exception, Raised, Result, consumer, module::State};
use shared::payload::FunctionTable;

struct WaitsForItsProducer;

impl Consumer for WaitsForItsProducer {
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        while py.import("fast_math").is_err() {
            if !py.pending_is(Exception::ModuleNotFound) {
                return Err(Raised);
            }
            py.take_pending();
            sleep(Duration::from_millis(10));
        }
        consumer::import_table::<Self>(py, state)
    }
}

ffi_participant::export_consumer!(waits_for_its_producer, WaitsForItsProducer);
