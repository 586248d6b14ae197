//! What a case can ask a producer to do, in terms of [`Producer`].

use std::ffi::{CStr, c_int};
use std::ptr;

use pyo3_ffi::PyObject;
use shared::instrument;
use shared::owned::{self, Owned};
use shared::payload::{self, Kind, TABLE};

use crate::capsule::{self, Destructor};
use crate::module::{self, method};
use crate::object::{Attached, Exception, Object};
use crate::producer::{Producer, as_name, as_pointer, destroy, make_from, place_name, publish};

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
