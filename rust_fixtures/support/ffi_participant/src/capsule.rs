//! The calls of the capsule API that participants make, each with a record of what it did.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use pyo3_ffi as ffi;
use shared::instrument;

use crate::object::{Attached, Object, Raised, Result};

pub use ffi::PyCapsule_Destructor as Destructor;

/// # Safety
///
/// `name` outlives the capsule; the destructor knows what `pointer` is.
pub unsafe fn new(
    py: Attached,
    pointer: *mut c_void,
    name: Option<&CStr>,
    destructor: Option<Destructor>,
) -> Result<Object> {
    // SAFETY: the caller's promise; the result is a new reference or NULL.
    unsafe {
        let new = || ffi::PyCapsule_New(pointer, as_ptr(name), destructor);
        py.own(traced(py, c"PyCapsule_New", new, |new| !new.is_null()))
    }
}

pub fn get_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
    // SAFETY: `capsule` is live, and the API refuses what is not a capsule.
    let get = || unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), as_ptr(name)) };
    let pointer = traced(capsule.attached(), c"PyCapsule_GetPointer", get, |pointer| !pointer.is_null());
    NonNull::new(pointer).ok_or(Raised)
}

/// A copy of the name that the capsule bears: the name itself may be freed or changed by whoever holds the capsule.
pub fn get_name(capsule: &Object) -> Result<Option<CString>> {
    let name = name_address(capsule)?;
    // SAFETY: a name ends in NUL, and is there as long as nobody has had the time to rename the capsule.
    Ok((!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_owned()))
}

/// Where the name that the capsule bears lies; NULL is the NULL name.
pub fn name_address(capsule: &Object) -> Result<*const c_char> {
    let py = capsule.attached();
    // SAFETY: `capsule` is live, and the API refuses what is not a capsule.
    let get = || unsafe { ffi::PyCapsule_GetName(capsule.as_ptr()) };
    // NULL is a name too, so only an error says that the call failed.
    let name = traced(py, c"PyCapsule_GetName", get, |name| !name.is_null() || py.pending().is_null());
    if name.is_null() && !py.pending().is_null() { Err(Raised) } else { Ok(name) }
}

/// Whether it is a capsule at all; says nothing about its name.
pub fn check_exact(capsule: &Object) -> bool {
    // SAFETY: `capsule` is live.
    unsafe { ffi::PyCapsule_CheckExact(capsule.as_ptr()) != 0 }
}

pub fn is_valid(capsule: &Object, name: Option<&CStr>) -> bool {
    // SAFETY: `capsule` is live, and the API says no to what is not a capsule.
    let valid = || unsafe { ffi::PyCapsule_IsValid(capsule.as_ptr(), as_ptr(name)) };
    traced(capsule.attached(), c"PyCapsule_IsValid", valid, |_| true) != 0
}

/// # Safety
///
/// `name` outlives the capsule, or its next rename.
pub unsafe fn set_name(capsule: &Object, name: Option<&CStr>) -> Result<()> {
    set(capsule, c"PyCapsule_SetName", || {
        // SAFETY: the caller's promise; the API refuses what is not a capsule.
        unsafe { ffi::PyCapsule_SetName(capsule.as_ptr(), as_ptr(name)) }
    })
}

/// # Safety
///
/// `pointer` is something that the capsule's users and its destructor can take.
pub unsafe fn set_pointer(capsule: &Object, pointer: *mut c_void) -> Result<()> {
    set(capsule, c"PyCapsule_SetPointer", || {
        // SAFETY: the caller's promise; the API refuses what is not a capsule.
        unsafe { ffi::PyCapsule_SetPointer(capsule.as_ptr(), pointer) }
    })
}

#[expect(clippy::not_unsafe_ptr_arg_deref, reason = "nobody looks behind a context of ours")]
pub fn set_context(capsule: &Object, context: *mut c_void) -> Result<()> {
    set(capsule, c"PyCapsule_SetContext", || {
        // SAFETY: `capsule` is live, and the API refuses what is not a capsule.
        unsafe { ffi::PyCapsule_SetContext(capsule.as_ptr(), context) }
    })
}

/// # Safety
///
/// `destructor` can destroy this capsule.
pub unsafe fn set_destructor(capsule: &Object, destructor: Option<Destructor>) -> Result<()> {
    set(capsule, c"PyCapsule_SetDestructor", || {
        // SAFETY: the caller's promise; the API refuses what is not a capsule.
        unsafe { ffi::PyCapsule_SetDestructor(capsule.as_ptr(), destructor) }
    })
}

pub fn import(py: Attached, name: &CStr, no_block: bool) -> Result<NonNull<c_void>> {
    // SAFETY: attached, and `name` ends in NUL.
    let import = || unsafe { ffi::PyCapsule_Import(name.as_ptr(), no_block.into()) };
    let pointer = traced(py, c"PyCapsule_Import", import, |pointer| !pointer.is_null());
    NonNull::new(pointer).ok_or(Raised)
}

fn set(capsule: &Object, function: &CStr, call: impl FnOnce() -> c_int) -> Result<()> {
    match traced(capsule.attached(), function, call, |status| *status == 0) {
        0 => Ok(()),
        _ => Err(Raised),
    }
}

fn traced<T>(_py: Attached, function: &CStr, call: impl FnOnce() -> T, succeeded: impl FnOnce(&T) -> bool) -> T {
    // SAFETY: attached.
    unsafe { instrument::traced(function, call, succeeded) }
}

fn as_ptr(name: Option<&CStr>) -> *const c_char {
    name.map_or(ptr::null(), CStr::as_ptr)
}
