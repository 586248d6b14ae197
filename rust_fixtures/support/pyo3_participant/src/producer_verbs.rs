//! What a case can ask a producer to do, in terms of [`Producer`].

use std::ptr::{self, NonNull};

use pyo3::exceptions::{PyNotImplementedError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use shared::owned::{self, Owned};
use shared::payload::{self, Kind, TABLE};

use crate::capsule;
use crate::producer::{Producer, as_pointer, make_from, release_batch, release_handle};

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

pub fn set_context(capsule: &Bound<'_, PyCapsule>, context: usize) -> PyResult<()> {
    capsule::set_context(capsule, ptr::with_exposed_provenance_mut(context))
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
            use $crate::producer_verbs as verbs;

            #[pymodule_init]
            fn execute(module: &Bound<'_, PyModule>) -> PyResult<()> {
                $crate::producer::publish::<$participant>(module)
            }

            #[pyfunction]
            fn bind(address: usize) -> PyResult<()> {
                $crate::bind(c"producer", address)
            }

            #[pyfunction]
            fn functions(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
                verbs::functions(py)
            }

            #[pyfunction]
            fn open_handles() -> i64 {
                verbs::open_handles()
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
                verbs::make::<$participant>(py, kind, name, payload, destructor, sealed)
            }

            #[pyfunction]
            fn lend<'py>(lender: &Bound<'py, PyCapsule>, name: Option<&[u8]>) -> PyResult<Bound<'py, PyCapsule>> {
                verbs::lend::<$participant>(lender, name)
            }

            #[pyfunction]
            fn set_context(capsule: &Bound<'_, PyCapsule>, context: usize) -> PyResult<()> {
                verbs::set_context(capsule, context)
            }
        }
    };
}
