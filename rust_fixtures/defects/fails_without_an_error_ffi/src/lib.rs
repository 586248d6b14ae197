//! Clears the error of a refused capsule and reports failure all the same.

use std::ffi::CStr;

use ffi_participant::{Attached, Consumer, Exception};

struct FailsWithoutAnError;

impl Consumer for FailsWithoutAnError {
    fn refuse(py: Attached, _expected: Exception, _name: Option<&CStr>) {
        drop(py.take_pending());
    }
}

ffi_participant::export_consumer!(fails_without_an_error, FailsWithoutAnError);
