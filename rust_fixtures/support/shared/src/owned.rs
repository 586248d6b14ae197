//! What belongs to the capsules that a producer made, and how it ends.
//!
//! Raw calls for both bindings: in a destructor the count of references is zero, so a smart pointer
//! to the capsule would bring it back to one, and destroy it once more when it goes.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3_ffi::{self as ffi, PyObject};

use crate::instrument;
use crate::payload::{self, BATCH_VALUE, Batch};

/// What belongs to one capsule; each is NULL or was placed. Kept beside the capsule, as a holder
/// may change its name, pointer and context, and a sealed payload cannot be read.
#[derive(Clone, Copy)]
pub struct Owned {
    /// The agreed one; under any other the payload is not ours.
    pub name: *mut c_void,
    /// What `rename` put in its place.
    pub renamed: *mut c_void,
    pub payload: *mut c_void,
    /// The payload is a batch, which has its own way to end.
    pub is_batch: bool,
    /// A reference to the capsule whose payload it is, if it is borrowed.
    pub lender: *mut PyObject,
}

impl Owned {
    pub const NOTHING: Self = Owned {
        name: ptr::null_mut(),
        renamed: ptr::null_mut(),
        payload: ptr::null_mut(),
        is_batch: false,
        lender: ptr::null_mut(),
    };
}

// SAFETY: addresses; what they lead to is used with the interpreter held.
unsafe impl Send for Owned {}

/// By the address of the capsule.
static OWNED: Mutex<BTreeMap<usize, Owned>> = Mutex::new(BTreeMap::new());

/// What capsules had that died without a destructor, once another has their address. It is never freed, as nobody says
/// when; kept in reach, it is no leak.
static KEPT: Mutex<Vec<Owned>> = Mutex::new(Vec::new());

static LIVE_PAYLOADS: AtomicI64 = AtomicI64::new(0);

pub fn remember(capsule: *mut PyObject, owned: Owned) {
    if let Some(dead) = entries().insert(capsule.addr(), owned) {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(dead);
    }
}

/// What belongs to a capsule; None for a capsule that is not ours.
pub fn of(capsule: *mut PyObject) -> Option<Owned> {
    entries().get(&capsule.addr()).copied()
}

/// Changes what belongs to a capsule and returns how it was; None for a capsule that is not ours.
pub fn change(capsule: *mut PyObject, change: impl FnOnce(&mut Owned)) -> Option<Owned> {
    let mut entries = entries();
    let owned = entries.get_mut(&capsule.addr())?;
    let before = *owned;
    change(owned);
    Some(before)
}

pub fn live_payloads() -> i64 {
    LIVE_PAYLOADS.load(Ordering::Relaxed)
}

/// Places a payload; NULL if there is no room.
///
/// # Safety
///
/// The thread is attached.
pub unsafe fn place_payload(bytes: &[u8], sealed: bool) -> *mut c_void {
    // SAFETY: attached.
    let Some(payload) = (unsafe { instrument::place(c"payload", bytes, sealed) }) else {
        return ptr::null_mut();
    };
    LIVE_PAYLOADS.fetch_add(1, Ordering::Relaxed);
    payload.as_ptr()
}

/// Places a batch with its resource; NULL if there is no room.
///
/// # Safety
///
/// The thread is attached.
pub unsafe fn place_batch(release: unsafe extern "C" fn(*mut Batch)) -> *mut c_void {
    // SAFETY: attached; a batch that finds no place is released at once.
    unsafe {
        let value = BATCH_VALUE.to_ne_bytes();
        let Some(resource) = instrument::place(c"resource", &value, false) else {
            return ptr::null_mut();
        };
        LIVE_PAYLOADS.fetch_add(1, Ordering::Relaxed);
        let mut batch = Batch { release: Some(release), resource: resource.as_ptr() };
        let placed = place_payload(payload::bytes_of(&batch), false);
        if placed.is_null() {
            release(&mut batch);
        }
        placed
    }
}

/// What the `release` of a batch does.
///
/// # Safety
///
/// The thread is attached, and `batch` is the caller's.
pub unsafe fn release_batch(batch: *mut Batch) {
    // SAFETY: the caller's promise.
    unsafe {
        if instrument::release((*batch).resource) == 1 {
            LIVE_PAYLOADS.fetch_sub(1, Ordering::Relaxed);
        }
        // Tells every holder of this struct.
        (*batch).release = None;
    }
}

/// Ends the payload in the way of its kind.
///
/// # Safety
///
/// The thread is attached, and no capsule has the payload any more.
pub unsafe fn end_payload(owned: Owned, free_payload: unsafe fn(*mut c_void)) {
    // SAFETY: the caller's promise. A consumer that moved a batch out has left nothing to release.
    unsafe {
        if owned.is_batch && !owned.payload.is_null() {
            payload::end_batch(owned.payload.cast());
        }
        free_payload(owned.payload);
    }
}

/// Ends a payload, or NULL.
///
/// # Safety
///
/// The thread is attached, and `payload` is ours to end.
pub unsafe fn free_payload(payload: *mut c_void) {
    // SAFETY: the caller's promise.
    if !payload.is_null() && unsafe { instrument::release(payload) } == 1 {
        LIVE_PAYLOADS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Places a name; NULL if there is no room.
///
/// # Safety
///
/// The thread is attached.
pub unsafe fn place_name(name: &CStr) -> *mut c_void {
    // SAFETY: attached.
    let placed = unsafe { instrument::place(c"name", name.to_bytes_with_nul(), false) };
    placed.map_or(ptr::null_mut(), |name| name.as_ptr())
}

/// Ends the names.
///
/// # Safety
///
/// The thread is attached, and no capsule bears one of them.
pub unsafe fn free_names(owned: Owned) {
    // SAFETY: the caller's promise.
    unsafe {
        instrument::release(owned.name);
        instrument::release(owned.renamed);
    }
}

/// Does the work of the destructor; an error that is pending belongs to whoever drops the capsule.
///
/// # Safety
///
/// Called from the destructor of `capsule`.
pub unsafe fn clean_up(capsule: *mut PyObject, free_payload: unsafe fn(*mut c_void)) {
    let [mut class, mut value, mut traceback] = [ptr::null_mut(); 3];
    // SAFETY: a destructor runs attached, and its capsule is intact.
    #[allow(deprecated, reason = "the successors came with Python 3.12")]
    unsafe {
        ffi::PyErr_Fetch(&mut class, &mut value, &mut traceback);
        let owned = entries().remove(&capsule.addr());
        if let Some(owned) = owned {
            // A consumer that took the payload has renamed the capsule.
            let valid = || ffi::PyCapsule_IsValid(capsule, owned.name.cast());
            if instrument::traced(c"PyCapsule_IsValid", valid, |_| true) != 0 {
                end_payload(owned, free_payload);
            }
            free_names(owned);
            // Runs another destructor of ours, if nobody else holds that capsule.
            ffi::Py_XDECREF(owned.lender);
        }
        ffi::PyErr_Restore(class, value, traceback);
    }
}

/// Records a run of a destructor around the work that it does.
///
/// # Safety
///
/// Called as the destructor of `capsule`.
pub unsafe fn destroy(capsule: *mut PyObject, clean_up: unsafe fn(*mut PyObject)) {
    // SAFETY: a destructor runs attached, and its capsule is intact. These reads serve the record
    // alone: untraced, and a success keeps a pending error.
    unsafe {
        let name = ffi::PyCapsule_GetName(capsule);
        let pointer = ffi::PyCapsule_GetPointer(capsule, name);
        let context = ffi::PyCapsule_GetContext(capsule);
        let entry = ffi::PyErr_Occurred();
        let destruction = instrument::destroying(name, pointer, context, entry);
        clean_up(capsule);
        if let Some(destruction) = destruction {
            destruction.destroyed(ffi::PyErr_Occurred());
        }
    }
}

fn entries() -> MutexGuard<'static, BTreeMap<usize, Owned>> {
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}
