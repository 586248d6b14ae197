//! The producer's side: publishes two capsules, and makes others.

use std::ffi::{CStr, CString, c_void};
use std::ptr::{self, NonNull};

use pyo3::exceptions::{PyMemoryError, PyNotImplementedError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use shared::owned::{self, Owned};
use shared::payload::{self, Batch, Function, FunctionTable, Kind, TABLE};

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
unsafe extern "C" fn release_handle<P: Producer>(handle: *mut c_void) {
    // SAFETY: the owner of the handle calls this, attached and once.
    unsafe { P::free_payload(handle) };
}

/// The function that goes with a batch, for whoever owns it.
unsafe extern "C" fn release_batch<P: Producer>(batch: *mut Batch) {
    // SAFETY: the owner of the batch calls this, attached and once.
    unsafe { P::release_batch(batch) };
}

pub fn functions(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let functions = PyDict::new(py);
    for (name, function) in [("sin", TABLE.sin), ("cos", TABLE.cos), ("sqrt", TABLE.sqrt)] {
        functions.set_item(name, function as usize)?;
    }
    Ok(functions)
}

pub use owned::live_payloads as open_handles;

pub fn make<'py, P: Producer>(
    py: Python<'py>,
    kind: &str,
    name: Option<&[u8]>,
    payload: Option<&[u8]>,
    destructor: bool,
    sealed: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    let Some(name) = name else {
        return Err(PyNotImplementedError::new_err("PyO3 gives every capsule a name"));
    };
    let name = crate::name_from(name)?;
    let kind = Kind::from_name(kind);
    let handle = payload::handle(release_handle::<P>);
    let bytes = match (payload, kind) {
        (None, Some(Kind::Batch)) if sealed => {
            return Err(PyValueError::new_err("nobody could release a batch that nobody may read"));
        }
        (_, Some(Kind::Function)) | (None, Some(Kind::Batch)) => None,
        (Some(bytes), _) => Some(bytes),
        (None, Some(Kind::Table)) => Some(payload::bytes_of(P::published_table())),
        (None, Some(Kind::Handle)) => Some(payload::bytes_of(&handle)),
        (None, _) => return Err(PyValueError::new_err("no such kind")),
    };
    let is_batch = kind == Some(Kind::Batch) && bytes.is_none();
    // SAFETY: attached; the destructor or `give_up` frees what is placed here.
    unsafe {
        let payload = match bytes {
            None if is_batch => owned::place_batch(release_batch::<P>),
            Some(bytes) => P::place_payload(bytes, sealed),
            None => ptr::null_mut(),
        };
        let pointer = match bytes {
            None if !is_batch => Some(as_pointer(payload::fast_sin)?),
            _ => NonNull::new(payload),
        };
        let owned = Owned { payload, is_batch, ..Owned::NOTHING };
        make_from::<P>(py, owned, pointer, &name, destructor)
    }
}

/// What the new capsule leads to is not its own, so it keeps alive whose it is.
pub fn lend<'py, P: Producer>(lender: &Bound<'py, PyCapsule>, name: Option<&[u8]>) -> PyResult<Bound<'py, PyCapsule>> {
    let name = crate::name_from(name.unwrap_or_default())?;
    let lent = owned::of(lender.as_ptr()).ok_or_else(|| PyValueError::new_err("this capsule is not one of ours"))?;
    let kept = P::keep_lender(lender).map_or(ptr::null_mut(), Bound::into_ptr);
    let owned = Owned { lender: kept, ..Owned::NOTHING };
    // SAFETY: the lender lives as long as what it lends.
    unsafe { make_from::<P>(lender.py(), owned, NonNull::new(lent.payload), &name, true) }
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
unsafe fn make_from<'py, P: Producer>(
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

pub fn set_context(capsule: &Bound<'_, PyCapsule>, context: usize) -> PyResult<()> {
    capsule::set_context(capsule, ptr::with_exposed_provenance_mut(context))
}

fn as_pointer(function: Function) -> PyResult<NonNull<c_void>> {
    NonNull::new(function as *mut c_void).ok_or_else(|| PyValueError::new_err("no function"))
}

/// Exports a type that is a `Producer` as the module `<stem>`.
#[macro_export]
macro_rules! export_producer {
    ($stem:ident, $participant:ty) => {
        #[::pyo3::pymodule]
        mod $stem {
            use super::*;
            use ::pyo3::prelude::*;
            use ::pyo3::types::{PyCapsule, PyDict};
            use $crate::producer;

            #[pymodule_init]
            fn execute(module: &Bound<'_, PyModule>) -> PyResult<()> {
                producer::publish::<$participant>(module)
            }

            #[pyfunction]
            fn bind(address: usize) -> PyResult<()> {
                $crate::bind(c"producer", address)
            }

            #[pyfunction]
            fn functions(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
                producer::functions(py)
            }

            #[pyfunction]
            fn open_handles() -> i64 {
                producer::open_handles()
            }

            #[pyfunction]
            fn make<'py>(
                py: Python<'py>,
                kind: &str,
                name: Option<&[u8]>,
                payload: Option<&[u8]>,
                destructor: bool,
                sealed: bool,
            ) -> PyResult<Bound<'py, PyCapsule>> {
                producer::make::<$participant>(py, kind, name, payload, destructor, sealed)
            }

            #[pyfunction]
            fn lend<'py>(lender: &Bound<'py, PyCapsule>, name: Option<&[u8]>) -> PyResult<Bound<'py, PyCapsule>> {
                producer::lend::<$participant>(lender, name)
            }

            #[pyfunction]
            fn set_context(capsule: &Bound<'_, PyCapsule>, context: usize) -> PyResult<()> {
                producer::set_context(capsule, context)
            }
        }
    };
}
