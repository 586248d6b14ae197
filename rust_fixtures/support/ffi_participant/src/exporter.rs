//! A producer of DLPack and Arrow capsules.

use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicI64, Ordering};

use pyo3_ffi::{self as ffi, PyObject};

use crate::arrow::{Arrow, ArrowArray, ArrowSchema, ArrowStream, export_arrow};
use crate::module::{self, method};
use crate::tensor::{Exported, LEGACY, ManagedTensor, VERSIONED, VersionedTensor, export_tensor};

/// How many payloads are not given back yet.
pub(crate) static EXPORTED: AtomicI64 = AtomicI64::new(0);

/// What an exporter does at each step. The defaults are right; a defect overrides one.
pub trait Exporter {
    /// Ends a tensor; called by whoever has it, on any thread.
    ///
    /// # Safety
    ///
    /// `managed` is a tensor of ours that nobody has ended yet.
    unsafe fn delete_tensor(managed: *mut Exported) {
        EXPORTED.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: it came from a box, and the caller says that it is still there.
        drop(unsafe { Box::from_raw(managed) });
    }

    /// What the destructor of a tensor's capsule does: the name says whether the tensor is still the capsule's.
    ///
    /// # Safety
    ///
    /// Called from the destructor of `capsule`.
    unsafe fn end_tensor(capsule: *mut PyObject) {
        // SAFETY: IsValid neither sets nor clears an error, and a valid name cannot be refused.
        unsafe {
            if ffi::PyCapsule_IsValid(capsule, LEGACY.as_ptr()) != 0 {
                let managed: *mut ManagedTensor = ffi::PyCapsule_GetPointer(capsule, LEGACY.as_ptr()).cast();
                ((*managed).deleter)(managed);
            } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) != 0 {
                let managed: *mut VersionedTensor = ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast();
                ((*managed).deleter)(managed);
            }
        }
    }

    /// Whether a released struct of Arrow's is marked as such.
    fn marks_released() -> bool {
        true
    }

    /// Whether what nobody took is given back with its capsule.
    fn gives_back() -> bool {
        true
    }

    /// The last call of `get_next`, when no array is left: a status.
    fn end_of_stream(out: &mut ArrowArray) -> c_int {
        *out = ArrowArray::RELEASED;
        0
    }
}

/// What `PyInit_<stem>` of an exporter does.
pub fn initialise<E: Exporter>(name: &'static CStr) -> *mut PyObject {
    let methods = vec![
        method(c"bind", bind),
        method(c"tensor", tensor::<E>),
        method(c"versioned_tensor", versioned_tensor::<E>),
        method(c"schema", arrow::<ArrowSchema, E>),
        method(c"array", arrow::<ArrowArray, E>),
        method(c"stream", arrow::<ArrowStream, E>),
        method(c"exported", exported),
    ];
    module::initialise(name, methods, execute, || {})
}

unsafe extern "C" fn execute(_module: *mut PyObject) -> c_int {
    0
}

unsafe extern "C" fn bind(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, args| module::bind(c"producer", py, &args)) }
}

unsafe extern "C" fn tensor<E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_tensor::<E>(py, false)) }
}

unsafe extern "C" fn versioned_tensor<E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_tensor::<E>(py, true)) }
}

unsafe extern "C" fn arrow<A: Arrow, E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_arrow::<A, E>(py)) }
}

unsafe extern "C" fn exported(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| py.int(EXPORTED.load(Ordering::Relaxed))) }
}

/// Exports `PyInit_<stem>` for a type that is an `Exporter`.
#[macro_export]
macro_rules! export_exporter {
    ($stem:ident, $participant:ty) => {
        $crate::export!($stem, $crate::exporter::initialise::<$participant>);
    };
}
