//! Turns a list of verbs into an extension module with multi-phase initialisation.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use pyo3_ffi::{self as ffi, PyMethodDef, PyMethodDefPointer, PyModuleDef, PyModuleDef_Slot, PyObject};
use shared::instrument;
use shared::payload::FunctionTable;

use crate::object::{Attached, Exception, Object, Result};

/// The address of the definition that every initialisation of this module returns.
static DEFINITION: OnceLock<usize> = OnceLock::new();

/// The function that fills a new module.
pub type Exec = unsafe extern "C" fn(*mut PyObject) -> c_int;

/// What the module keeps for each interpreter: the table that a consumer has imported, and the
/// object that keeps it alive. Zero bytes to begin with.
#[repr(C)]
pub struct State {
    pub table: *const FunctionTable,
    pub owner: *mut PyObject,
}

impl State {
    pub fn remember(&mut self, table: *const FunctionTable, owner: Object) {
        self.table = table;
        let before = std::mem::replace(&mut self.owner, owner.into_ptr());
        // SAFETY: NULL, or the reference that `remember` kept before.
        unsafe { ffi::Py_XDECREF(before) };
    }
}

/// The entry in the method table for a verb.
pub fn method(name: &'static CStr, verb: ffi::PyCFunction) -> PyMethodDef {
    PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunction: verb },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: ptr::null(),
    }
}

/// What the module wants to do when it dies.
static END: OnceLock<fn()> = OnceLock::new();

/// Returns the definition of the module, for its `PyInit_` function; `end` runs when the module dies.
pub fn initialise(name: &'static CStr, methods: Vec<PyMethodDef>, exec: Exec, end: fn()) -> *mut PyObject {
    END.get_or_init(|| end);
    let address = *DEFINITION.get_or_init(|| define(name, methods, exec).expose_provenance());
    // SAFETY: the definition is complete, and lives as long as the process.
    unsafe { ffi::PyModuleDef_Init(ptr::with_exposed_provenance_mut(address)) }
}

fn define(name: &'static CStr, mut methods: Vec<PyMethodDef>, exec: Exec) -> *mut PyModuleDef {
    methods.push(PyMethodDef::zeroed());
    let mut slots = vec![PyModuleDef_Slot { slot: ffi::Py_mod_exec, value: exec as *mut c_void }];
    // Absent under the limited API of 3.9, of which every interpreter has to know each slot.
    #[cfg(Py_3_12)]
    slots.push(PyModuleDef_Slot {
        slot: ffi::Py_mod_multiple_interpreters,
        value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
    });
    // Without it the import turns the lock on, with a warning.
    #[cfg(Py_GIL_DISABLED)]
    slots.push(PyModuleDef_Slot { slot: ffi::Py_mod_gil, value: ffi::Py_MOD_GIL_NOT_USED });
    slots.push(PyModuleDef_Slot::default());
    Box::leak(Box::new(PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: name.as_ptr(),
        m_doc: ptr::null(),
        m_size: size_of::<State>().cast_signed(),
        m_methods: methods.leak().as_mut_ptr(),
        m_slots: slots.leak().as_mut_ptr(),
        m_traverse: Some(traverse),
        m_clear: Some(clear),
        m_free: Some(free),
    }))
}

/// Runs a verb: an error becomes NULL, which tells Python to look for what is pending.
///
/// # Safety
///
/// Python calls it with the arguments of a `METH_VARARGS` function.
pub unsafe fn run(args: *mut PyObject, verb: impl FnOnce(Attached, Object) -> Result<Object>) -> *mut PyObject {
    // SAFETY: Python calls us attached, and `args` is a tuple that it keeps alive.
    let (py, args) = unsafe {
        let py = Attached::assume();
        (py, py.share(args))
    };
    verb(py, args).map_or(ptr::null_mut(), Object::into_ptr)
}

/// The verb `bind`, which both sides have.
pub fn bind(side: &'static CStr, py: Attached, args: &Object) -> Result<Object> {
    bind_to(side, &args.item(0)?)?;
    Ok(py.none())
}

/// Binds without waiting for the verb: what is made at import and has to be watched comes before it. Does without where
/// there is no probe.
pub fn bind_early(side: &'static CStr, py: Attached) -> Result<()> {
    match py.import("capsule_probe") {
        Ok(probe) => bind_to(side, &probe.attribute("instrument")?.call()?),
        Err(_) => {
            drop(py.take_pending());
            Ok(())
        }
    }
}

fn bind_to(side: &'static CStr, address: &Object) -> Result<()> {
    let instrument = address.as_address()?;
    // SAFETY: the address is what the probe gave.
    if instrument.is_null() || !unsafe { instrument::bind(side, instrument) } {
        let message = "no instrument, or one that is older than this fixture";
        return Err(address.attached().raise(Exception::Value, message));
    }
    Ok(())
}

/// The state of a module, or NULL where Python has freed it.
///
/// # Safety
///
/// `module` was made from our definition.
pub unsafe fn state(module: *mut PyObject) -> *mut State {
    // SAFETY: the caller's promise.
    unsafe { ffi::PyModule_GetState(module).cast() }
}

unsafe extern "C" fn traverse(module: *mut PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: Python calls this for our module; the state is NULL before it is executed.
    unsafe {
        match state(module).as_ref() {
            Some(state) if !state.owner.is_null() => visit(state.owner, arg),
            _ => 0,
        }
    }
}

unsafe extern "C" fn clear(module: *mut PyObject) -> c_int {
    // SAFETY: as in `traverse`; the reference is taken out before it goes.
    unsafe {
        if let Some(state) = state(module).as_mut() {
            state.table = ptr::null();
            ffi::Py_XDECREF(std::mem::replace(&mut state.owner, ptr::null_mut()));
        }
    }
    0
}

unsafe extern "C" fn free(module: *mut c_void) {
    // SAFETY: as in `clear`.
    unsafe { clear(module.cast()) };
    if let Some(end) = END.get() {
        end();
    }
}

/// Exports `PyInit_<stem>` for a type that is a `Producer`.
#[macro_export]
macro_rules! export_producer {
    ($stem:ident, $participant:ty) => {
        $crate::export!($stem, $crate::producer_verbs::initialise::<$participant>);
    };
}

/// Exports `PyInit_<stem>` for a type that is a `Consumer`.
#[macro_export]
macro_rules! export_consumer {
    ($stem:ident, $participant:ty) => {
        $crate::export!($stem, $crate::consumer_verbs::initialise::<$participant>);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! export {
    ($stem:ident, $initialise:expr) => {
        // SAFETY: one cdylib is one module, so the name is taken once.
        #[unsafe(export_name = concat!("PyInit_", stringify!($stem)))]
        extern "C" fn initialise() -> *mut $crate::RawObject {
            const NAME: &[u8] = concat!(stringify!($stem), "\0").as_bytes();
            $initialise(std::ffi::CStr::from_bytes_with_nul(NAME).expect("it ends in NUL"))
        }
    };
}
