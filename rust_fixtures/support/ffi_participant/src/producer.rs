//! The producer's side: publishes two capsules, makes others, and changes them.

use std::ffi::{CStr, CString, c_void};
use std::ptr;

use pyo3_ffi::{self as ffi, PyObject};
use shared::owned::{self, Owned};
use shared::payload::{self, Batch, Function, FunctionTable, Kind, TABLE};

use crate::capsule::{self, Destructor};
use crate::module;
use crate::object::{Attached, Exception, Object, Result};

/// What a producer does at each step. The defaults are right; a defect overrides one.
pub trait Producer {
    /// Publishes a pointer at import, as a module attribute under the name that importers ask for.
    ///
    /// # Safety
    ///
    /// `pointer` lives as long as the process.
    unsafe fn publish_capsule(
        module: &Object,
        attribute: &CStr,
        name: &'static CStr,
        pointer: *mut c_void,
    ) -> Result<()> {
        // SAFETY: neither the pointer nor the name ever goes.
        let capsule = unsafe { Self::new_capsule(module.attached(), pointer, Some(name), None)? };
        module.set_attribute(attribute, &capsule)
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
    unsafe fn new_capsule(
        py: Attached,
        pointer: *mut c_void,
        name: Option<&CStr>,
        destructor: Option<Destructor>,
    ) -> Result<Object> {
        // SAFETY: the caller's promise.
        unsafe { capsule::new(py, pointer, name, destructor) }
    }

    /// Gives a capsule another pointer.
    ///
    /// # Safety
    ///
    /// As for [`capsule::set_pointer`].
    unsafe fn change_pointer(capsule: &Object, pointer: *mut c_void) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { capsule::set_pointer(capsule, pointer) }
    }

    /// The whole work of the destructor, except reporting it.
    ///
    /// # Safety
    ///
    /// Called from the destructor of `capsule`.
    unsafe fn clean_up(capsule: *mut PyObject) {
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

    /// Gives a capsule another name.
    ///
    /// # Safety
    ///
    /// As for [`capsule::set_name`].
    unsafe fn rename_capsule(capsule: &Object, name: Option<&CStr>) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { capsule::set_name(capsule, name) }
    }

    /// What must live as long as a capsule that borrows from `lender`.
    fn keep_lender(lender: &Object) -> Option<Object> {
        Some(lender.clone())
    }

    /// A new payload: the bytes given, or what this kind holds by default.
    fn place_payload(py: Attached, kind: Option<Kind>, bytes: Option<&[u8]>, sealed: bool) -> Result<*mut c_void>
    where
        Self: Sized,
    {
        place_payload::<Self>(py, kind, bytes, sealed)
    }

    /// Called when the module dies; its capsules may live on.
    fn end_module() {}
}

/// Puts the function and the table where `PyCapsule_Import` finds them.
pub(crate) fn publish<P: Producer>(module: &Object) -> Result<()> {
    let stem = module.attribute("__name__")?.as_string()?;
    let table = ptr::from_ref(P::published_table()).cast_mut().cast();
    for (attribute, pointer) in [(c"fast_sin", as_pointer(payload::fast_sin)), (c"_C_API", table)] {
        let name = [stem.as_bytes(), b".", attribute.to_bytes()].concat();
        // A name is not copied by the capsule, so it has to live as long as the process.
        let name = Box::leak(CString::new(name).expect("neither part has a NUL").into());
        // SAFETY: a function and a static table.
        unsafe { P::publish_capsule(module, attribute, name, pointer)? };
    }
    Ok(())
}

/// Publishes a copy of `bytes` that the capsule owns, like its name.
pub fn publish_owned<P: Producer>(module: &Object, attribute: &CStr, name: &CStr, bytes: &[u8]) -> Result<()> {
    let py = module.attached();
    module::bind_early(c"producer", py)?;
    // SAFETY: attached; the payload lives until the destructor.
    let capsule = unsafe {
        let payload = placed(py, owned::place_payload(bytes, false))?;
        let owned = Owned { payload, ..Owned::NOTHING };
        make_from::<P>(py, owned, payload, Some(name), Some(destroy::<P>))?
    };
    module.set_attribute(attribute, &capsule)
}

pub(crate) unsafe extern "C" fn destroy<P: Producer>(capsule: *mut PyObject) {
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

/// Makes a capsule that owns its payload and its name; without a capsule both are given up.
///
/// # Safety
///
/// `pointer` is what `destructor` will find.
pub(crate) unsafe fn make_from<P: Producer>(
    py: Attached,
    mut owned: Owned,
    pointer: *mut c_void,
    name: Option<&CStr>,
    destructor: Option<Destructor>,
) -> Result<Object> {
    // SAFETY: the placed name lives until the destructor; the rest is the caller's promise.
    unsafe {
        place_name(py, name)
            .and_then(|placed| {
                owned.name = placed;
                P::new_capsule(py, pointer, as_name(placed), destructor)
            })
            .inspect(|capsule| owned::remember(capsule.as_ptr(), owned))
            .inspect_err(|_| P::give_up(owned))
    }
}

/// What [`Producer::place_payload`] does by default: the bytes given, or what this kind holds.
pub fn place_payload<P: Producer>(
    py: Attached,
    kind: Option<Kind>,
    bytes: Option<&[u8]>,
    sealed: bool,
) -> Result<*mut c_void> {
    let handle = payload::handle(release_handle::<P>);
    let bytes = match (bytes, kind) {
        (Some(bytes), _) => bytes,
        (None, Some(Kind::Table)) => payload::bytes_of(P::published_table()),
        (None, Some(Kind::Handle)) => payload::bytes_of(&handle),
        (None, Some(Kind::Batch)) if sealed => {
            return Err(py.raise(Exception::Value, "nobody could release a batch that nobody may read"));
        }
        (None, Some(Kind::Batch)) => {
            // SAFETY: attached.
            return placed(py, unsafe { owned::place_batch(release_batch::<P>) });
        }
        (None, _) => return Err(py.raise(Exception::Value, "no such kind")),
    };
    // SAFETY: attached.
    placed(py, unsafe { owned::place_payload(bytes, sealed) })
}

/// A name in memory of its own; NULL for the NULL name.
pub(crate) fn place_name(py: Attached, name: Option<&CStr>) -> Result<*mut c_void> {
    match name {
        // SAFETY: attached.
        Some(name) => placed(py, unsafe { owned::place_name(name) }),
        None => Ok(ptr::null_mut()),
    }
}

fn placed(py: Attached, address: *mut c_void) -> Result<*mut c_void> {
    if address.is_null() {
        return Err(py.raise(Exception::Memory, "no room for a name or a payload"));
    }
    Ok(address)
}

/// # Safety
///
/// NULL, or a name as `place_name` placed it, which stays where it is for `'a`.
pub(crate) unsafe fn as_name<'a>(placed: *mut c_void) -> Option<&'a CStr> {
    // SAFETY: the caller's promise.
    (!placed.is_null()).then(|| unsafe { CStr::from_ptr(placed.cast()) })
}

pub(crate) fn as_pointer(function: Function) -> *mut c_void {
    function as *mut c_void
}
