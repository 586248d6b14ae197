//! The consumer's side: takes pointers out of capsules, and uses them.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use shared::payload::{self, Batch, Failure, Function, FunctionTable, Kind, Used};

use crate::capsule;
use crate::module::{self, State};
use crate::object::{Attached, Exception, Object, Raised, Result};

/// What `render` uses.
pub const WANTED: &CStr = c"fast_math._C_API";

/// What a consumer does at each step. The defaults are right; a defect overrides one.
pub trait Consumer {
    /// The pointer of a capsule that somebody handed over, or a TypeError.
    fn take_pointer(capsule: &Object, name: Option<&CStr>) -> Result<NonNull<c_void>> {
        capsule::get_pointer(capsule, name).inspect_err(|_| Self::refuse(capsule.attached(), Exception::Value, name))
    }

    /// Turns a pending error of type `expected` into a TypeError with that cause; leaves any other
    /// as it is.
    fn refuse(py: Attached, expected: Exception, name: Option<&CStr>) {
        if py.pending_is(expected) {
            let message = match name {
                Some(name) => format!("expected a capsule named {name:?}"),
                None => "expected a capsule without a name".to_owned(),
            };
            py.raise_from_pending(Exception::Type, &message);
        }
    }

    /// The pointer of the capsule at an import path, and that capsule.
    fn import_pointer(py: Attached, name: &CStr, no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        // The import keeps nothing alive, so find the capsule and use its own pointer.
        let capsule = capsule::import(py, name, no_block)
            .and_then(|_| find_object(py, name))
            .inspect_err(|_| Self::refuse(py, Exception::Attribute, Some(name)))?;
        Ok((Self::take_pointer(&capsule, Some(name))?, capsule))
    }

    /// Accepts a table that has what we use, or raises ImportError.
    ///
    /// # Safety
    ///
    /// `table` points to a function table of any version.
    unsafe fn accept_table(py: Attached, table: *const FunctionTable) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { payload::check_table(table) }.map_err(|reason| py.raise(Exception::Import, &reason))
    }

    /// The table to use: this one, or one that it leads to; else an ImportError.
    ///
    /// # Safety
    ///
    /// As for [`Consumer::accept_table`].
    unsafe fn choose_table(py: Attached, table: *const FunctionTable) -> Result<*const FunctionTable> {
        // SAFETY: the caller's promise.
        unsafe { Self::accept_table(py, table)? };
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
    fn keep_owner(capsule: &Object) -> Object {
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

    /// Takes the payload over: afterwards the capsule is called `used_name`.
    fn consume_capsule(
        capsule: &Object,
        name: Option<&CStr>,
        used_name: &'static CStr,
        fails: Failure,
    ) -> Result<NonNull<c_void>> {
        default_consume::<Self>(capsule, name, used_name, fails)
    }

    /// Moves a batch out of a capsule into `mine`.
    ///
    /// # Safety
    ///
    /// `mine` has room for a batch.
    unsafe fn move_batch(capsule: &Object, name: Option<&CStr>, mine: *mut Batch, fails: Failure) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { default_move::<Self>(capsule, name, mine, fails) }
    }

    /// Puts right what a failure interrupted; `ours` says whether the capsule had given up.
    ///
    /// # Safety
    ///
    /// `pointer` points to a live payload of this kind.
    unsafe fn abandon(pointer: *mut c_void, kind: Kind, ours: bool) {
        // SAFETY: the caller's promise. What the capsule still owns, its destructor releases.
        unsafe {
            match kind {
                _ if !ours => {}
                Kind::Batch => _ = payload::end_batch(pointer.cast()),
                _ => Self::release_pointer(pointer),
            }
        }
    }

    /// Ends a batch that was moved out.
    ///
    /// # Safety
    ///
    /// `batch` points to a batch that is ours.
    unsafe fn release_batch(py: Attached, batch: *mut Batch) -> Result<()> {
        // SAFETY: the caller's promise.
        match unsafe { payload::end_batch(batch) } {
            true => Ok(()),
            false => Err(released(py)),
        }
    }

    /// Ends a payload that was taken over.
    ///
    /// # Safety
    ///
    /// `pointer` points to a live handle that nobody else will end.
    unsafe fn release_pointer(pointer: *mut c_void) {
        // SAFETY: the caller's promise.
        unsafe { payload::end_handle(pointer) };
    }

    /// What `render` uses when the import has failed: a table, or the error of that import.
    fn fall_back(_py: Attached, raised: Raised) -> Result<*const FunctionTable> {
        Err(raised)
    }

    /// The table for `render`. Only success is remembered: a failure may be gone at the next call.
    fn ready_table(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
        import_table::<Self>(py, state)
    }

    /// Called when the module is imported.
    fn on_import(_module: &Object) -> Result<()> {
        Ok(())
    }
}

/// Imports a table of another path than `render`'s usual one, unless that has been done.
pub fn import_from<C: Consumer + ?Sized>(py: Attached, state: &mut State, path: &CStr) -> Result<*const FunctionTable> {
    if state.table.is_null() {
        let (pointer, capsule) = C::import_pointer(py, path, false)?;
        // SAFETY: the capsule's name says that it is a table, and `capsule` keeps it.
        let table = unsafe { C::choose_table(py, pointer.as_ptr().cast())? };
        state.remember(table, C::keep_owner(&capsule));
    }
    Ok(state.table)
}

/// The pointer of the capsule at a path, and that capsule, whose name is a label that stands for the version.
pub fn labelled_pointer<C: Consumer + ?Sized>(
    py: Attached,
    path: &CStr,
    label: &CStr,
) -> Result<(NonNull<c_void>, Object)> {
    let capsule = find_object(py, path).inspect_err(|_| C::refuse(py, Exception::Attribute, Some(path)))?;
    if !capsule::is_valid(&capsule, Some(label)) {
        // Read for the message alone.
        let found = if capsule::check_exact(&capsule) { capsule::get_name(&capsule)? } else { None };
        let reason = format!("{label:?} is needed at {path:?}, found {}", found.unwrap_or_default().to_string_lossy());
        return Err(py.raise(Exception::Import, &reason));
    }
    Ok((C::take_pointer(&capsule, Some(label))?, capsule))
}

/// What [`Consumer::consume_capsule`] does by default.
pub fn default_consume<C: Consumer + ?Sized>(
    capsule: &Object,
    name: Option<&CStr>,
    used_name: &'static CStr,
    fails: Failure,
) -> Result<NonNull<c_void>> {
    // One step for other threads, or two of them take the same payload.
    static BUSY: Mutex<()> = Mutex::new(());
    let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    if capsule::is_valid(capsule, name) {
        let pointer = capsule::get_pointer(capsule, name)?;
        if fails != Failure::Before {
            // SAFETY: the used name lives as long as the process.
            unsafe { capsule::set_name(capsule, Some(used_name))? };
        }
        drop(busy);
        // SAFETY: a handle, and ours as far as `fails` says.
        unsafe { fail::<C>(capsule.attached(), fails, pointer.as_ptr(), Kind::Handle)? };
        return Ok(pointer);
    }
    drop(busy);
    C::take_pointer(capsule, name)
}

/// What [`Consumer::move_batch`] does by default.
///
/// # Safety
///
/// As for that.
pub unsafe fn default_move<C: Consumer + ?Sized>(
    capsule: &Object,
    name: Option<&CStr>,
    mine: *mut Batch,
    fails: Failure,
) -> Result<()> {
    static BUSY: Mutex<()> = Mutex::new(());
    let py = capsule.attached();
    let theirs: *mut Batch = C::take_pointer(capsule, name)?.as_ptr().cast();
    // SAFETY: the capsule's name says that it is a batch; the rest is the caller's promise.
    unsafe {
        let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        *mine = *theirs;
        if fails != Failure::Before {
            (*theirs).release = None;
        }
        drop(busy);
        if (*mine).release.is_none() {
            return Err(released(py));
        }
        fail::<C>(py, fails, mine.cast(), Kind::Batch)
    }
}

/// Imports the table unless that has been done.
pub fn import_table<C: Consumer + ?Sized>(py: Attached, state: &mut State) -> Result<*const FunctionTable> {
    import_from::<C>(py, state, WANTED).or_else(|raised| C::fall_back(py, raised))
}

/// The table of a consumer that imports it eagerly, and so need not look for it.
pub fn imported_table(state: &State) -> Result<*const FunctionTable> {
    // Never in a clean consumer: Python then complains that nothing was raised.
    if state.table.is_null() { Err(Raised) } else { Ok(state.table) }
}

/// The `on_import` of a consumer that needs its table from the beginning: where the table is not to
/// be had, the import fails, with an ImportError.
///
/// # Safety
///
/// `module` is being executed and was made from our definition.
pub unsafe fn import_eagerly<C: Consumer>(module: &Object) -> Result<()> {
    let py = module.attached();
    // SAFETY: the caller's promise; a module that is executed has a state.
    let state = unsafe { &mut *module::state(module.as_ptr()) };
    match import_table::<C>(py, state) {
        Ok(_) => Ok(()),
        // An interrupt stays one.
        Err(_) if py.pending_is(Exception::Any) => {
            Err(py.raise_from_pending(Exception::Import, &format!("this module needs {WANTED:?}")))
        }
        Err(raised) => Err(raised),
    }
}

pub(crate) fn released(py: Attached) -> Raised {
    py.raise(Exception::Value, "this payload was released")
}

/// Fails if it is to.
///
/// # Safety
///
/// `pointer` points to a live payload of this kind.
pub unsafe fn fail<C: Consumer + ?Sized>(py: Attached, fails: Failure, pointer: *mut c_void, kind: Kind) -> Result<()> {
    if fails == Failure::Never {
        return Ok(());
    }
    // SAFETY: the caller's promise.
    unsafe { C::abandon(pointer, kind, fails == Failure::After) };
    Err(py.raise(Exception::Memory, "the consumer's own work failed"))
}

/// The object at an import path.
pub fn find_object(py: Attached, path: &CStr) -> Result<Object> {
    let path = path.to_string_lossy();
    let mut parts = path.split('.');
    let module = py.import(parts.next().unwrap_or_default())?;
    parts.try_fold(module, |object, part| object.attribute(part))
}
