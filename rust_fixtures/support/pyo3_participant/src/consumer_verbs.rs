//! What a case can ask a consumer to do, in terms of [`Consumer`].

use std::ffi::c_void;
use std::ptr::NonNull;

use pyo3::exceptions::{PyNotImplementedError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyList, PyString};
use shared::payload::{Batch, Failure, Kind, Used};

use crate::consumer::{Consumer, released};

/// `[address, kind, owner]`
type Taken<'py> = Bound<'py, PyList>;

pub fn take<'py, C: Consumer>(capsule: &Bound<'py, PyAny>, name: Option<&[u8]>, kind: &str) -> PyResult<Taken<'py>> {
    let name = name.map(crate::name_from).transpose()?;
    let kind = kind_from(kind)?;
    let pointer = C::take_pointer(capsule, name.as_deref())?;
    accepted::<C>(pointer, kind, capsule)
}

pub fn import_capsule<'py, C: Consumer>(
    py: Python<'py>,
    name: &[u8],
    kind: &str,
    no_block: i32,
) -> PyResult<Taken<'py>> {
    if no_block != 0 {
        return Err(PyNotImplementedError::new_err("PyO3 always passes 0 for `no_block`"));
    }
    let kind = kind_from(kind)?;
    let (pointer, capsule) = C::import_pointer(py, &crate::name_from(name)?)?;
    accepted::<C>(pointer, kind, &capsule)
}

pub fn use_taken<'py, C: Consumer>(taken: &Taken<'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = taken.py();
    let (pointer, kind) = pointer_of(taken)?;
    // SAFETY: what was taken holds its owner, which keeps the payload.
    match unsafe { C::use_pointer(pointer, kind) } {
        Used::Float(value) => Ok(value.into_pyobject(py)?.into_any()),
        Used::Int(value) => Ok(value.into_pyobject(py)?.into_any()),
        Used::Nothing => Ok(py.None().into_bound(py)),
        Used::Released => Err(released()),
    }
}

pub fn move_out<'py, C: Consumer>(
    capsule: &Bound<'py, PyAny>,
    name: Option<&[u8]>,
    fails: &str,
) -> PyResult<Taken<'py>> {
    let py = capsule.py();
    let name = name.map(crate::name_from).transpose()?;
    let fails = Failure::from_name(fails).ok_or_else(|| PyValueError::new_err("it fails never, before or after"))?;
    // The batch moves into memory that goes when nobody holds it any more.
    let memory = PyByteArray::new(py, &[0; size_of::<Batch>()]);
    let mine: *mut Batch = memory.data().cast();
    // SAFETY: the memory has room for one, and nobody resizes it.
    unsafe { C::move_batch(capsule, name.as_deref(), mine, fails)? };
    taken_of(mine.expose_provenance(), Kind::Batch, memory.as_any())
        // SAFETY: the batch is ours.
        .inspect_err(|_| unsafe { C::abandon(mine, true) })
}

pub fn release<C: Consumer>(taken: &Taken<'_>) -> PyResult<()> {
    let (pointer, kind) = pointer_of(taken)?;
    if kind != Kind::Batch {
        return Err(PyNotImplementedError::new_err("PyO3 cannot rename a capsule, so nothing else is ours to release"));
    }
    // SAFETY: a batch that was moved out is nobody else's.
    unsafe { C::release_batch(pointer.cast()) }
}

pub fn render<C: Consumer>(py: Python<'_>, x: f64) -> PyResult<f64> {
    let table = C::ready_table(py)?;
    // SAFETY: the table was accepted, and its owner is kept.
    Ok(unsafe { C::sine(table)(x) })
}

/// Hands a pointer out, after a look at the version of a table.
fn accepted<'py, C: Consumer>(
    pointer: NonNull<c_void>,
    kind: Kind,
    capsule: &Bound<'py, PyAny>,
) -> PyResult<Taken<'py>> {
    let mut address = pointer.as_ptr();
    if kind == Kind::Table {
        // SAFETY: the agreed name says that the pointer leads to a table.
        address = unsafe { C::choose_table(address.cast())? }.cast_mut().cast();
    }
    taken_of(address.expose_provenance(), kind, &C::keep_owner(capsule))
}

fn taken_of<'py>(address: usize, kind: Kind, owner: &Bound<'py, PyAny>) -> PyResult<Taken<'py>> {
    let taken = PyList::empty(owner.py());
    taken.append(address)?;
    taken.append(kind.name())?;
    taken.append(owner)?;
    Ok(taken)
}

fn pointer_of(taken: &Taken) -> PyResult<(*mut c_void, Kind)> {
    let kind = kind_from(&taken.get_item(1)?.cast_into::<PyString>()?.to_string())?;
    let address: usize = taken.get_item(0)?.extract()?;
    Ok((std::ptr::with_exposed_provenance_mut(address), kind))
}

fn kind_from(name: &str) -> PyResult<Kind> {
    // A case with a misspelt kind must not read as opaque.
    Kind::from_name(name).ok_or_else(|| PyValueError::new_err("no such kind"))
}

/// Exports a type that is a `Consumer` as the module `<stem>`.
#[macro_export]
macro_rules! export_consumer {
    ($stem:ident, $participant:ty) => {
        #[::pyo3::pymodule]
        mod $stem {
            use super::*;
            use ::pyo3::prelude::*;
            use ::pyo3::types::PyList;
            use $crate::consumer_verbs as verbs;

            #[pymodule_init]
            fn execute(module: &Bound<'_, PyModule>) -> PyResult<()> {
                <$participant as $crate::Consumer>::on_import(module)
            }

            #[pyfunction]
            fn bind(address: usize) -> PyResult<()> {
                $crate::bind(c"consumer", address)
            }

            #[pyfunction]
            fn take<'py>(capsule: &Bound<'py, PyAny>, name: Option<&[u8]>, kind: &str) -> PyResult<Bound<'py, PyList>> {
                verbs::take::<$participant>(capsule, name, kind)
            }

            #[pyfunction]
            #[pyo3(signature = (name, kind, no_block = 0))]
            fn import_capsule<'py>(
                py: Python<'py>,
                name: &[u8],
                kind: &str,
                no_block: i32,
            ) -> PyResult<Bound<'py, PyList>> {
                verbs::import_capsule::<$participant>(py, name, kind, no_block)
            }

            #[pyfunction]
            #[pyo3(name = "use")]
            fn use_taken<'py>(taken: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
                verbs::use_taken::<$participant>(taken)
            }

            #[pyfunction]
            #[pyo3(name = "move")]
            fn move_out<'py>(
                capsule: &Bound<'py, PyAny>,
                name: Option<&[u8]>,
                fails: &str,
            ) -> PyResult<Bound<'py, PyList>> {
                verbs::move_out::<$participant>(capsule, name, fails)
            }

            #[pyfunction]
            fn release(taken: &Bound<'_, PyList>) -> PyResult<()> {
                verbs::release::<$participant>(taken)
            }

            #[pyfunction]
            fn render(py: Python<'_>, x: f64) -> PyResult<f64> {
                verbs::render::<$participant>(py, x)
            }
        }
    };
}
