//! What a case can ask a consumer to do, in terms of [`Consumer`].

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use pyo3_ffi::PyObject;
use shared::payload::{Batch, Failure, Kind, Used};

use crate::consumer::{Consumer, released};
use crate::module::{self, method};
use crate::object::{Attached, Exception, Object, Result};

/// What `PyInit_<stem>` of a consumer does.
pub fn initialise<C: Consumer>(name: &'static CStr) -> *mut PyObject {
    let methods = vec![
        method(c"bind", bind),
        method(c"take", take::<C>),
        method(c"import_capsule", import_capsule::<C>),
        method(c"use", use_taken::<C>),
        method(c"consume", consume::<C>),
        method(c"move", move_out::<C>),
        method(c"release", release::<C>),
        method(c"render", render::<C>),
    ];
    module::initialise(name, methods, exec::<C>, || {})
}

unsafe extern "C" fn exec<C: Consumer>(module: *mut PyObject) -> c_int {
    // SAFETY: Python executes the module attached, and keeps it alive.
    let module = unsafe { Attached::assume().share(module) };
    C::on_import(&module).map_or(-1, |()| 0)
}

unsafe extern "C" fn bind(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe { module::run(args, |py, args| module::bind(c"consumer", py, &args)) }
}

unsafe extern "C" fn take<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the agreed name says what the pointer leads to.
    unsafe {
        module::run(args, |_, args| {
            let capsule = args.item(0)?;
            let name = args.item(1)?.as_name()?;
            let kind = kind(&args.item(2)?)?;
            let pointer = C::take_pointer(&capsule, name.as_deref())?;
            accepted::<C>(pointer, kind, &capsule)
        })
    }
}

unsafe extern "C" fn import_capsule<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the agreed name says what the pointer leads to.
    unsafe {
        module::run(args, |py, args| {
            let name = args.item(0)?.as_name()?.unwrap_or_default();
            let kind = kind(&args.item(1)?)?;
            let no_block = args.length()? > 2 && args.item(2)?.truth()?;
            let (pointer, capsule) = C::import_pointer(py, &name, no_block)?;
            accepted::<C>(pointer, kind, &capsule)
        })
    }
}

unsafe extern "C" fn use_taken<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; what was taken holds its owner, which keeps the payload.
    unsafe {
        module::run(args, |py, args| {
            let (pointer, kind) = pointer_of(&args.item(0)?)?;
            match C::use_pointer(pointer, kind) {
                Used::Float(value) => py.float(value),
                Used::Int(value) => py.int(value),
                Used::Nothing => Ok(py.none()),
                Used::Released => Err(released(py)),
            }
        })
    }
}

unsafe extern "C" fn consume<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method.
    unsafe {
        module::run(args, |py, args| {
            let capsule = args.item(0)?;
            let name = args.item(1)?.as_name()?;
            let used_name = lasting_name(args.item(2)?.as_name()?.unwrap_or_default());
            let fails = failure(&args.item(3)?)?;
            let pointer = C::consume_capsule(&capsule, name.as_deref(), used_name, fails)?;
            taken(pointer.as_ptr(), Kind::Handle, py.none())
                .inspect_err(|_| C::abandon(pointer.as_ptr(), Kind::Handle, true))
        })
    }
}

unsafe extern "C" fn move_out<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; the batch goes with the memory that was made for it.
    unsafe {
        module::run(args, |py, args| {
            let capsule = args.item(0)?;
            let name = args.item(1)?.as_name()?;
            let fails = failure(&args.item(2)?)?;
            let (memory, mine) = py.memory_for::<Batch>()?;
            C::move_batch(&capsule, name.as_deref(), mine, fails)?;
            taken(mine.cast(), Kind::Batch, memory.clone()).inspect_err(|_| C::abandon(mine.cast(), Kind::Batch, true))
        })
    }
}

unsafe extern "C" fn release<C: Consumer>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method; a handle that was consumed is nobody else's.
    unsafe {
        module::run(args, |py, args| {
            let taken = args.item(0)?;
            let (pointer, kind) = pointer_of(&taken)?;
            if kind == Kind::Batch {
                C::release_batch(py, pointer.cast())?;
                return Ok(py.none());
            }
            taken.set_item(0, &py.int(0)?)?;
            C::release_pointer(pointer);
            Ok(py.none())
        })
    }
}

unsafe extern "C" fn render<C: Consumer>(module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls a method of our module; the state holds the owner of its table.
    unsafe {
        module::run(args, |py, args| {
            let x = args.item(0)?.as_float()?;
            let table = C::ready_table(py, &mut *module::state(module))?;
            py.float(C::sine(table)(x))
        })
    }
}

/// Hands a pointer out, after a look at the version of a table.
///
/// # Safety
///
/// `pointer` points to a payload of this kind.
unsafe fn accepted<C: Consumer>(pointer: NonNull<c_void>, kind: Kind, capsule: &Object) -> Result<Object> {
    let mut address = pointer.as_ptr();
    if kind == Kind::Table {
        // SAFETY: the caller's promise.
        address = unsafe { C::choose_table(capsule.attached(), address.cast())? }.cast_mut().cast();
    }
    taken(address, kind, C::keep_owner(capsule))
}

/// `[address, kind, owner]`; the address becomes 0 when the payload is released, but that of a batch,
/// which says so itself.
fn taken(pointer: *mut c_void, kind: Kind, owner: Object) -> Result<Object> {
    let py = owner.attached();
    py.list([py.address(pointer)?, py.string(kind.name())?, owner])
}

fn pointer_of(taken: &Object) -> Result<(*mut c_void, Kind)> {
    let kind = kind(&taken.item(1)?)?;
    let pointer = taken.item(0)?.as_address()?;
    if pointer.is_null() {
        return Err(released(taken.attached()));
    }
    Ok((pointer, kind))
}

fn failure(word: &Object) -> Result<Failure> {
    Failure::from_name(&word.as_string()?).ok_or_else(|| {
        let py = word.attached();
        py.raise(Exception::Value, "it fails never, before or after")
    })
}

fn kind(name: &Object) -> Result<Kind> {
    // A case with a misspelt kind must not read as opaque.
    Kind::from_name(&name.as_string()?).ok_or_else(|| name.attached().raise(Exception::Value, "no such kind"))
}

/// A used name must live as long as any capsule, so each is kept once, for ever.
fn lasting_name(name: CString) -> &'static CStr {
    static NAMES: Mutex<BTreeSet<&CStr>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = names.get(name.as_c_str()) {
        return kept;
    }
    let kept = Box::leak(name.into_boxed_c_str());
    names.insert(kept);
    kept
}
