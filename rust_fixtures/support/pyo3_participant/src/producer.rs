//! The producer's side: publishes two capsules, and makes others.

use std::ffi::{CStr, CString, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use shared::owned::{self, Owned};
use shared::payload::{self, Batch, Function, FunctionTable, TABLE};

use crate::capsule;

/// What a producer does at each step. The defaults are right; a defect overrides one.
pub trait Producer {
    /// Publishes a pointer at import, as a module attribute under the name that importers ask for.
    ///
    /// # Safety
    ///
    /// `pointer` lives as long as the process.
    unsafe fn publish_capsule(
        module: &Bound<'_, PyModule>,
        attribute: &str,
        name: &'static CStr,
        pointer: NonNull<c_void>,
    ) -> PyResult<()> {
        // SAFETY: the pointer never goes.
        let capsule = unsafe { Self::new_capsule(module.py(), pointer, name, None)? };
        module.setattr(attribute, capsule)
    }

    /// The table behind `_C_API`.
    fn published_table() -> &'static FunctionTable {
        &TABLE
    }

    /// Makes a capsule whose name and pointer the caller keeps alive.
    ///
    /// # Safety
    ///
    /// As for [`capsule::new`].
    unsafe fn new_capsule<'py>(
        py: Python<'py>,
        pointer: NonNull<c_void>,
        name: &'static CStr,
        destructor: Option<ffi::PyCapsule_Destructor>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // SAFETY: the caller's promise.
        unsafe { capsule::new(py, pointer, name, destructor) }
    }

    /// The whole work of the destructor, except reporting it.
    ///
    /// # Safety
    ///
    /// Called from the destructor of `capsule`.
    unsafe fn clean_up(capsule: *mut ffi::PyObject) {
        // SAFETY: the caller's promise.
        unsafe { owned::clean_up(capsule, Self::free_payload) };
    }

    /// Ends a payload of `make`, or NULL; also what a handle's `release` does.
    ///
    /// # Safety
    ///
    /// Attached, and nobody else ends this payload.
    unsafe fn free_payload(payload: *mut c_void) {
        // SAFETY: the caller's promise.
        unsafe { owned::free_payload(payload) };
    }

    /// Frees what a capsule would have owned, had it come to be.
    ///
    /// # Safety
    ///
    /// Attached, and no capsule has it.
    unsafe fn give_up(owned: Owned) {
        // SAFETY: the caller's promise.
        unsafe {
            owned::end_payload(owned, Self::free_payload);
            owned::free_names(owned);
            ffi::Py_XDECREF(owned.lender);
        }
    }

    /// What the `release` of a batch does.
    ///
    /// # Safety
    ///
    /// Attached, and `batch` is the caller's.
    unsafe fn release_batch(batch: *mut Batch) {
        // SAFETY: the caller's promise.
        unsafe { owned::release_batch(batch) };
    }

    /// What must live as long as a capsule that borrows from `lender`.
    fn keep_lender<'py>(lender: &Bound<'py, PyCapsule>) -> Option<Bound<'py, PyCapsule>> {
        Some(lender.clone())
    }

    /// A new payload; NULL if there is no room.
    ///
    /// # Safety
    ///
    /// Attached.
    unsafe fn place_payload(bytes: &[u8], sealed: bool) -> *mut c_void {
        // SAFETY: the caller's promise.
        unsafe { owned::place_payload(bytes, sealed) }
    }
}

/// Puts the function and the table where `PyCapsule_Import` finds them.
pub fn publish<P: Producer>(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let stem = module.name()?;
    let table = NonNull::from(P::published_table()).cast();
    for (attribute, pointer) in [("fast_sin", as_pointer(payload::fast_sin)?), ("_C_API", table)] {
        // A name is not copied by the capsule, so it has to live as long as the process.
        let name = Box::leak(CString::new(format!("{stem}.{attribute}"))?.into());
        // SAFETY: a function and a static table.
        unsafe { P::publish_capsule(module, attribute, name, pointer)? };
    }
    Ok(())
}

unsafe extern "C" fn destroy<P: Producer>(capsule: *mut ffi::PyObject) {
    // SAFETY: Python calls a destructor.
    unsafe { owned::destroy(capsule, P::clean_up) };
}

/// The function that goes with a handle, for whoever takes it over.
pub(crate) unsafe extern "C" fn release_handle<P: Producer>(handle: *mut c_void) {
    // SAFETY: the owner of the handle calls this, attached and once.
    unsafe { P::free_payload(handle) };
}

/// The function that goes with a batch, for whoever owns it.
pub(crate) unsafe extern "C" fn release_batch<P: Producer>(batch: *mut Batch) {
    // SAFETY: the owner of the batch calls this, attached and once.
    unsafe { P::release_batch(batch) };
}

/// Publishes a copy of `bytes` that the capsule owns, like its name.
pub fn publish_owned<P: Producer>(
    module: &Bound<'_, PyModule>,
    attribute: &str,
    name: &CStr,
    bytes: &[u8],
) -> PyResult<()> {
    crate::bind_early(c"producer", module.py())?;
    // SAFETY: attached; the payload lives until the destructor.
    let capsule = unsafe {
        let payload = owned::place_payload(bytes, false);
        let owned = Owned { payload, ..Owned::NOTHING };
        make_from::<P>(module.py(), owned, NonNull::new(payload), name, true)?
    };
    module.setattr(attribute, capsule)
}

/// Makes a capsule that owns its payload and its name; without a capsule both are given up.
///
/// # Safety
///
/// `pointer` is what the destructor will find, or None where there was no room.
pub(crate) unsafe fn make_from<'py, P: Producer>(
    py: Python<'py>,
    mut owned: Owned,
    pointer: Option<NonNull<c_void>>,
    name: &CStr,
    destructor: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    // SAFETY: attached; the placed name lives until the destructor.
    unsafe {
        owned.name = owned::place_name(name);
        let made = match pointer {
            Some(pointer) if !owned.name.is_null() => {
                // `'static` is more than is true: the name lives until the destructor has run.
                let name = CStr::from_ptr(owned.name.cast());
                let destructor: Option<ffi::PyCapsule_Destructor> = destructor.then_some(destroy::<P>);
                P::new_capsule(py, pointer, name, destructor)
            }
            _ => Err(PyMemoryError::new_err("no room for a name or a payload")),
        };
        match &made {
            Ok(capsule) => owned::remember(capsule.as_ptr(), owned),
            Err(_) => P::give_up(owned),
        }
        made
    }
}

pub(crate) fn as_pointer(function: Function) -> PyResult<NonNull<c_void>> {
    NonNull::new(function as *mut c_void).ok_or_else(|| PyValueError::new_err("no function"))
}
