//! The producer's side: publishes two capsules, makes others, and changes them.

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use pyo3_ffi::{self as ffi, PyObject};
use shared::instrument;
use shared::owned::{self, Owned};
use shared::payload::{self, Batch, Function, FunctionTable, Kind, TABLE};

use crate::capsule::{self, Destructor};
use crate::module::{self, method};
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

/// What `PyInit_<stem>` of a producer does.
pub fn initialise<P: Producer>(name: &'static CStr) -> *mut PyObject {
    let methods = vec![
        method(c"bind", bind),
        method(c"functions", functions),
        method(c"open_handles", open_handles),
        method(c"make", make::<P>),
        method(c"make_null", make_null::<P>),
        method(c"rename", rename::<P>),
        method(c"lend", lend::<P>),
        method(c"set_pointer", set_pointer::<P>),
        method(c"set_context", set_context),
        method(c"set_destructor", set_destructor::<P>),
    ];
    module::initialise(name, methods, exec::<P>, P::end_module)
}

unsafe extern "C" fn exec<P: Producer>(module: *mut PyObject) -> c_int {
    // SAFETY: Python executes the module attached, and keeps it alive.
    let module = unsafe { Attached::assume().share(module) };
    publish::<P>(&module).map_or(-1, |()| 0)
}

/// Puts the function and the table where `PyCapsule_Import` finds them.
fn publish<P: Producer>(module: &Object) -> Result<()> {
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

unsafe extern "C" fn destroy<P: Producer>(capsule: *mut PyObject) {
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

unsafe extern "C" fn bind(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe { module::run(args, |py, args| module::bind(c"producer", py, &args)) }
}

unsafe extern "C" fn functions(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe {
        module::run(args, |py, _| {
            let functions = py.dict()?;
            for (name, function) in [(c"sin", TABLE.sin), (c"cos", TABLE.cos), (c"sqrt", TABLE.sqrt)] {
                functions.set_key(name, &py.address(as_pointer(function))?)?;
            }
            Ok(functions)
        })
    }
}

unsafe extern "C" fn open_handles(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe { module::run(args, |py, _| py.int(owned::live_payloads())) }
}

unsafe extern "C" fn make<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the destructor frees what is placed here.
    unsafe {
        module::run(args, |py, args| {
            let kind = args.item(0)?.as_string()?;
            let name = args.item(1)?.as_name()?;
            let bytes = args.item(2)?.as_bytes()?;
            let destructor: Option<Destructor> = args.item(3)?.truth()?.then_some(destroy::<P>);
            let sealed = args.item(4)?.truth()?;

            let kind = Kind::from_name(&kind);
            let payload = match kind {
                Some(Kind::Function) => ptr::null_mut(),
                _ => P::place_payload(py, kind, bytes.as_deref(), sealed)?,
            };
            let is_batch = kind == Some(Kind::Batch) && bytes.is_none();
            let owned = Owned { payload, is_batch, ..Owned::NOTHING };
            let pointer = match kind {
                Some(Kind::Function) => as_pointer(payload::fast_sin),
                _ => payload,
            };
            make_from::<P>(py, owned, pointer, name.as_deref(), destructor)
        })
    }
}

/// A capsule that cannot be made: everything it should own stays with the producer.
unsafe extern "C" fn make_null<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe {
        module::run(args, |py, args| {
            let name = args.item(0)?.as_name()?;
            let payload = args.item(1)?.as_bytes()?;
            let payload = P::place_payload(py, Some(Kind::Handle), payload.as_deref(), false)?;
            let owned = Owned { payload, ..Owned::NOTHING };
            make_from::<P>(py, owned, ptr::null_mut(), name.as_deref(), Some(destroy::<P>))
        })
    }
}

unsafe extern "C" fn rename<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the placed name lives until the next one, or the destructor.
    // That of a capsule that is not ours lives for ever.
    unsafe {
        module::run(args, |py, args| {
            let capsule = args.item(0)?;
            let name = args.item(1)?.as_name()?;
            let placed = place_name(py, name.as_deref())?;
            P::rename_capsule(&capsule, as_name(placed)).inspect_err(|_| {
                instrument::release(placed);
            })?;
            if let Some(before) = owned::change(capsule.as_ptr(), |owned| owned.renamed = placed) {
                instrument::release(before.renamed);
            }
            Ok(py.none())
        })
    }
}

/// What the new capsule leads to is not its own, so it keeps alive whose it is.
unsafe extern "C" fn lend<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the lender lives as long as what it lends.
    unsafe {
        module::run(args, |py, args| {
            let lender = args.item(0)?;
            let name = args.item(1)?.as_name()?;
            let lent = owned::of(lender.as_ptr())
                .ok_or_else(|| py.raise(Exception::Value, "this capsule is not one of ours"))?;
            let kept = P::keep_lender(&lender).map_or(ptr::null_mut(), Object::into_ptr);
            let owned = Owned { lender: kept, ..Owned::NOTHING };
            make_from::<P>(py, owned, lent.payload, name.as_deref(), Some(destroy::<P>))
        })
    }
}

unsafe extern "C" fn set_pointer<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the new payload lives until the next one, or the destructor.
    unsafe {
        module::run(args, |py, args| {
            let capsule = args.item(0)?;
            let payload = match args.item(1)?.as_bytes()? {
                Some(bytes) => P::place_payload(py, None, Some(&bytes), false)?,
                None => ptr::null_mut(),
            };
            P::change_pointer(&capsule, payload).inspect_err(|_| P::free_payload(payload))?;
            let replace = |owned: &mut Owned| {
                owned.payload = payload;
                owned.is_batch = false;
            };
            if let Some(before) = owned::change(capsule.as_ptr(), replace) {
                owned::end_payload(before, P::free_payload);
            }
            Ok(py.none())
        })
    }
}

unsafe extern "C" fn set_context(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe {
        module::run(args, |py, args| {
            capsule::set_context(&args.item(0)?, args.item(1)?.as_address()?)?;
            Ok(py.none())
        })
    }
}

unsafe extern "C" fn set_destructor<P: Producer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; our destructor suits every capsule of ours.
    unsafe {
        module::run(args, |py, args| {
            let destructor: Option<Destructor> = match args.item(1)?.as_string()?.as_str() {
                "clean" => Some(destroy::<P>),
                "none" => None,
                _ => return Err(py.raise(Exception::Value, "no such destructor")),
            };
            capsule::set_destructor(&args.item(0)?, destructor)?;
            Ok(py.none())
        })
    }
}

/// Makes a capsule that owns its payload and its name; without a capsule both are given up.
///
/// # Safety
///
/// `pointer` is what `destructor` will find.
unsafe fn make_from<P: Producer>(
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
fn place_name(py: Attached, name: Option<&CStr>) -> Result<*mut c_void> {
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
unsafe fn as_name<'a>(placed: *mut c_void) -> Option<&'a CStr> {
    // SAFETY: the caller's promise.
    (!placed.is_null()).then(|| unsafe { CStr::from_ptr(placed.cast()) })
}

fn as_pointer(function: Function) -> *mut c_void {
    function as *mut c_void
}
