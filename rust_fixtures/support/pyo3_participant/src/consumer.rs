//! The consumer's side: takes pointers out of capsules, and uses them.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyAttributeError, PyException, PyImportError, PyMemoryError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::type_object::PyTypeInfo;
use shared::payload::{self, Batch, Failure, Function, FunctionTable, Kind, Used};

use crate::capsule;

/// What `render` uses.
const WANTED: &CStr = c"fast_math._C_API";

/// The table that `render` has imported, and what keeps it alive. Only success is remembered: a
/// failure may be gone at the next call. PyO3 modules live in one interpreter.
static TABLE: PyOnceLock<(usize, Py<PyAny>)> = PyOnceLock::new();

/// What a consumer does at each step. The defaults are right; a defect overrides one.
pub trait Consumer {
    /// The pointer of a capsule that somebody handed over, or a TypeError.
    fn take_pointer(capsule: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        capsule::pointer_of(capsule, name).map_err(|error| Self::refuse::<PyValueError>(capsule.py(), error, name))
    }

    /// Turns an error of the expected type into a TypeError with that cause; leaves any other as it
    /// is.
    fn refuse<Expected: PyTypeInfo>(py: Python<'_>, error: PyErr, name: Option<&CStr>) -> PyErr {
        if !error.is_instance_of::<Expected>(py) {
            return error;
        }
        let refusal = PyTypeError::new_err(match name {
            Some(name) => format!("expected a capsule named {name:?}"),
            None => "expected a capsule without a name".to_owned(),
        });
        refusal.set_cause(py, Some(error));
        refusal
    }

    /// The pointer of the capsule at an import path, and that capsule.
    fn import_pointer<'py>(py: Python<'py>, name: &CStr) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
        // The import keeps nothing alive, so find the capsule and use its own pointer.
        let capsule = capsule::import(py, name)
            .and_then(|_| find_object(py, name))
            .map_err(|error| Self::refuse::<PyAttributeError>(py, error, Some(name)))?;
        Ok((Self::take_pointer(&capsule, Some(name))?, capsule))
    }

    /// Accepts a table that has what we use, or raises ImportError.
    ///
    /// # Safety
    ///
    /// `table` points to a function table of any version.
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }.map_err(PyImportError::new_err)
    }

    /// The table to use: this one, or one that it leads to; else an ImportError.
    ///
    /// # Safety
    ///
    /// As for [`Consumer::accept_table`].
    unsafe fn choose_table(table: *const FunctionTable) -> PyResult<*const FunctionTable> {
        // SAFETY: the caller's promise.
        unsafe { Self::accept_table(table)? };
        Ok(table)
    }

    /// The function of a chosen table that `render` calls. A table of another type is cast to it.
    ///
    /// # Safety
    ///
    /// `table` points to a live table that was chosen.
    unsafe fn sine(table: *const FunctionTable) -> Function {
        // SAFETY: the caller's promise.
        unsafe { (*table).sin }
    }

    /// Whatever must live as long as the capsule's pointer is used.
    fn keep_owner<'py>(capsule: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        capsule.clone()
    }

    /// A result that depends on what the pointer leads to.
    ///
    /// # Safety
    ///
    /// `pointer` points to a live payload of this kind.
    unsafe fn use_pointer(pointer: *const c_void, kind: Kind) -> Used {
        // SAFETY: the caller's promise.
        unsafe { payload::use_payload(pointer, kind) }
    }

    /// Moves a batch out of a capsule into `mine`.
    ///
    /// # Safety
    ///
    /// `mine` has room for a batch.
    unsafe fn move_batch(
        capsule: &Bound<'_, PyAny>,
        name: Option<&CStr>,
        mine: *mut Batch,
        fails: Failure,
    ) -> PyResult<()> {
        static BUSY: Mutex<()> = Mutex::new(());
        let theirs: *mut Batch = Self::take_pointer(capsule, name)?.as_ptr().cast();
        // SAFETY: the capsule's name says that it is a batch; the rest is the caller's promise.
        unsafe {
            let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
            *mine = *theirs;
            if fails != Failure::Before {
                (*theirs).release = None;
            }
            drop(busy);
            if (*mine).release.is_none() {
                return Err(released());
            }
            fail::<Self>(mine, fails)
        }
    }

    /// Puts right what a failure interrupted; `ours` says whether the capsule had given up.
    ///
    /// # Safety
    ///
    /// `batch` points to a live batch.
    unsafe fn abandon(batch: *mut Batch, ours: bool) {
        // What the capsule still owns, its destructor releases.
        if ours {
            // SAFETY: the caller's promise.
            unsafe { payload::end_batch(batch) };
        }
    }

    /// Ends a batch that was moved out.
    ///
    /// # Safety
    ///
    /// `batch` points to a batch that is ours.
    unsafe fn release_batch(batch: *mut Batch) -> PyResult<()> {
        // SAFETY: the caller's promise.
        match unsafe { payload::end_batch(batch) } {
            true => Ok(()),
            false => Err(released()),
        }
    }

    /// What `render` uses when the import has failed: a table, or that error.
    fn fall_back(_py: Python<'_>, error: PyErr) -> PyResult<*const FunctionTable> {
        Err(error)
    }

    /// The table for `render`.
    fn ready_table(py: Python<'_>) -> PyResult<*const FunctionTable> {
        import_table::<Self>(py)
    }

    /// Called when the module is imported.
    fn on_import(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        Ok(())
    }
}

/// Imports the table unless that has been done.
pub fn import_table<C: Consumer + ?Sized>(py: Python<'_>) -> PyResult<*const FunctionTable> {
    import_from::<C>(py, WANTED).or_else(|error| C::fall_back(py, error))
}

/// The `on_import` of a consumer that needs its table from the beginning: where the table is not to
/// be had, the import fails, with an ImportError.
pub fn import_eagerly<C: Consumer>(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    import_table::<C>(py).map(drop).map_err(|error| {
        // An interrupt stays one.
        if !error.is_instance_of::<PyException>(py) {
            return error;
        }
        let refusal = PyImportError::new_err(format!("this module needs {WANTED:?}"));
        refusal.set_cause(py, Some(error));
        refusal
    })
}

/// Imports a table of another path than `render`'s usual one, unless that has been done.
pub fn import_from<C: Consumer + ?Sized>(py: Python<'_>, path: &CStr) -> PyResult<*const FunctionTable> {
    let imported = match TABLE.get(py) {
        Some(imported) => imported,
        None => {
            // Not within the lock: the import runs code of others, which may lead back to here.
            let (pointer, capsule) = C::import_pointer(py, path)?;
            // SAFETY: the capsule's name says that it is a table, and `capsule` keeps it.
            let table = unsafe { C::choose_table(pointer.as_ptr().cast())? };
            let found = (table.expose_provenance(), C::keep_owner(&capsule).unbind());
            TABLE.get_or_init(py, || found)
        }
    };
    Ok(std::ptr::with_exposed_provenance(imported.0))
}

/// The pointer of the capsule at a path, and that capsule, whose name is a label that stands for the version.
pub fn labelled_pointer<'py, C: Consumer + ?Sized>(
    py: Python<'py>,
    path: &CStr,
    label: &CStr,
) -> PyResult<(NonNull<c_void>, Bound<'py, PyAny>)> {
    let capsule = find_object(py, path).map_err(|error| C::refuse::<PyAttributeError>(py, error, Some(path)))?;
    match C::take_pointer(&capsule, Some(label)) {
        Ok(pointer) => Ok((pointer, capsule)),
        // The repr shows the name that was found.
        Err(_) => Err(PyImportError::new_err(format!("{label:?} is needed at {path:?}, found {}", capsule.repr()?))),
    }
}

pub fn released() -> PyErr {
    PyValueError::new_err("this payload was released")
}

/// Fails if it is to.
///
/// # Safety
///
/// `batch` points to a live batch.
pub unsafe fn fail<C: Consumer + ?Sized>(batch: *mut Batch, fails: Failure) -> PyResult<()> {
    if fails == Failure::Never {
        return Ok(());
    }
    // SAFETY: the caller's promise.
    unsafe { C::abandon(batch, fails == Failure::After) };
    Err(PyMemoryError::new_err("the consumer's own work failed"))
}

/// The object at an import path.
pub fn find_object<'py>(py: Python<'py>, path: &CStr) -> PyResult<Bound<'py, PyAny>> {
    let path = path.to_string_lossy();
    let mut parts = path.split('.');
    let module = py.import(parts.next().unwrap_or_default())?.into_any();
    parts.try_fold(module, |object, part| object.getattr(part))
}
