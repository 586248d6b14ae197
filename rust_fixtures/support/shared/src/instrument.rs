//! The instrument of the probe, as `suite/probe/instrument.h` declares it.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi::{PyErr_Occurred, PyMem_Free, PyMem_Malloc, PyObject};

/// Repeats `struct Instrument`; the C header says what each function promises.
#[repr(C)]
struct Instrument {
    size: u32,
    call: unsafe extern "C" fn(*const c_char, *const c_char, *mut PyObject, *mut PyObject, c_int),
    destroying:
        unsafe extern "C" fn(*const c_char, *const c_char, *const c_void, *const c_void, *mut PyObject) -> *mut c_void,
    destroyed: unsafe extern "C" fn(*mut c_void, *mut PyObject),
    place: unsafe extern "C" fn(*const c_char, *const c_void, usize, c_int) -> *mut c_void,
    release: unsafe extern "C" fn(*const c_void) -> c_int,
}

/// NULL until the worker binds; a capsule made at import comes before that and goes unrecorded.
static BOUND: AtomicPtr<Instrument> = AtomicPtr::new(ptr::null_mut());

/// The side that this module is on: a module is a producer or a consumer, never both.
static SIDE: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// A run of a destructor that has begun and is not yet in the log.
pub struct Destruction(*mut c_void);

/// Binds this module to an instrument; false if the probe is older than this module.
///
/// `side` is `producer` or `consumer`.
///
/// # Safety
///
/// `address` is what `capsule_probe.instrument()` returned in this process.
pub unsafe fn bind(side: &'static CStr, address: *mut c_void) -> bool {
    let instrument: *mut Instrument = address.cast();
    // SAFETY: the caller's promise; the size comes first in every version.
    let size = unsafe { (*instrument).size };
    let new_enough = size as usize >= size_of::<Instrument>();
    if new_enough {
        SIDE.store(side.as_ptr().cast_mut(), Ordering::Release);
        BOUND.store(instrument, Ordering::Release);
    }
    new_enough
}

/// Records a call of the capsule API.
///
/// # Safety
///
/// `before` and `after` are NULL, or types of errors as `PyErr_Occurred` returns them.
pub unsafe fn record(function: &CStr, before: *mut PyObject, after: *mut PyObject, ok: bool) {
    if let Some(instrument) = bound() {
        // SAFETY: strings that end in NUL, and the caller's promise.
        unsafe { (instrument.call)(side(), function.as_ptr(), before, after, ok.into()) };
    }
}

/// Calls a function of the capsule API and records what it did to the pending error.
///
/// # Safety
///
/// The thread is attached.
pub unsafe fn traced<T>(function: &CStr, call: impl FnOnce() -> T, succeeded: impl FnOnce(&T) -> bool) -> T {
    // SAFETY: attached, as the caller says.
    unsafe {
        let before = PyErr_Occurred();
        let result = call();
        record(function, before, PyErr_Occurred(), succeeded(&result));
        result
    }
}

/// Records that a destructor runs, and what it sees.
///
/// # Safety
///
/// `name` is NULL or a string, `entry` what `PyErr_Occurred` returned.
pub unsafe fn destroying(
    name: *const c_char,
    pointer: *const c_void,
    context: *const c_void,
    entry: *mut PyObject,
) -> Option<Destruction> {
    // SAFETY: as in `call`; the two addresses are only written down.
    bound().map(|instrument| unsafe { Destruction((instrument.destroying)(side(), name, pointer, context, entry)) })
}

impl Destruction {
    /// Records the end of the run, and the type of the error that is pending then.
    ///
    /// # Safety
    ///
    /// `leave` is what `PyErr_Occurred` returned.
    pub unsafe fn destroyed(self, leave: *mut PyObject) {
        if let Some(instrument) = bound() {
            // SAFETY: `destroying` made the value, which is used up; the rest is promised.
            unsafe { (instrument.destroyed)(self.0, leave) };
        }
    }
}

/// Copies bytes to memory of their own; on guarded pages if there is an instrument.
///
/// # Safety
///
/// The thread is attached.
pub unsafe fn place(what: &CStr, bytes: &[u8], sealed: bool) -> Option<NonNull<c_void>> {
    let start: *const c_void = bytes.as_ptr().cast();
    // SAFETY: a string that ends in NUL, and room for as many bytes as the slice has.
    unsafe {
        let Some(instrument) = bound() else {
            let copy = NonNull::new(PyMem_Malloc(bytes.len()))?;
            ptr::copy_nonoverlapping(bytes.as_ptr(), copy.cast().as_ptr(), bytes.len());
            return Some(copy);
        };
        NonNull::new((instrument.place)(what.as_ptr(), start, bytes.len(), sealed.into()))
    }
}

/// Gives up what `place` returned, or NULL. Returns how often it was given up, so 2 is too often.
///
/// # Safety
///
/// The thread is attached; what was placed without an instrument is given up once.
pub unsafe fn release(placed: *mut c_void) -> c_int {
    // SAFETY: the probe knows its own addresses, and what is not one of them is Python's.
    unsafe {
        match bound().map_or(0, |instrument| (instrument.release)(placed)) {
            0 => {
                PyMem_Free(placed);
                1
            }
            times => times,
        }
    }
}

fn bound() -> Option<&'static Instrument> {
    // SAFETY: NULL, or what `bind` was promised; an instrument lives as long as the process.
    unsafe { BOUND.load(Ordering::Acquire).as_ref() }
}

fn side() -> *const c_char {
    SIDE.load(Ordering::Acquire)
}
