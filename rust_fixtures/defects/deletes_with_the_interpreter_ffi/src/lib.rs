//! Its deleter needs a thread that the interpreter knows.

use ffi_participant::Exporter;
use ffi_participant::tensor::Exported;
use pyo3_ffi::PyThreadState_Get;

struct Exports;

impl Exporter for Exports {
    unsafe fn delete_tensor(managed: *mut Exported) {
        // SAFETY: it is not, which is the defect: there may be no interpreter on this thread.
        unsafe { PyThreadState_Get() };
        // SAFETY: a box of ours that nobody has ended.
        drop(unsafe { Box::from_raw(managed) });
    }
}

ffi_participant::export_exporter!(deletes_with_the_interpreter, Exports);
