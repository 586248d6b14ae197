//! What raw `pyo3-ffi` leaves to its users: references that drop themselves, errors as `Result`.

use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::slice;

use pyo3_ffi as ffi;

/// A Python error is pending.
#[derive(Debug)]
pub struct Raised;

pub type Result<T> = std::result::Result<T, Raised>;

/// Proof that this thread is attached to the interpreter; every call into Python asks for it.
#[derive(Clone, Copy)]
pub struct Attached(PhantomData<*mut ()>);

/// A strong reference. It cannot leave its thread, so whoever has one is attached.
pub struct Object(NonNull<ffi::PyObject>);

impl Attached {
    /// # Safety
    ///
    /// The thread is attached for as long as the value is used.
    pub unsafe fn assume() -> Self {
        Attached(PhantomData)
    }

    /// Takes over a new reference as the API returns it: NULL means that an error is pending.
    ///
    /// # Safety
    ///
    /// `new` is NULL with an error pending, or a reference that nobody else will release.
    pub unsafe fn own(self, new: *mut ffi::PyObject) -> Result<Object> {
        NonNull::new(new).map(Object).ok_or(Raised)
    }

    /// Adds a reference to a borrowed one.
    ///
    /// # Safety
    ///
    /// `borrowed` is a live object.
    pub unsafe fn share(self, borrowed: *mut ffi::PyObject) -> Object {
        // SAFETY: the caller says that the object lives.
        unsafe {
            ffi::Py_INCREF(borrowed);
            Object(NonNull::new_unchecked(borrowed))
        }
    }

    pub fn none(self) -> Object {
        // SAFETY: None lives for ever.
        unsafe { self.share(ffi::Py_None()) }
    }

    pub fn int(self, value: i64) -> Result<Object> {
        // SAFETY: a new reference or NULL.
        unsafe { self.own(ffi::PyLong_FromLongLong(value)) }
    }

    pub fn address<T: ?Sized>(self, pointer: *const T) -> Result<Object> {
        // SAFETY: a new reference or NULL; the address is not looked behind.
        unsafe { self.own(ffi::PyLong_FromVoidPtr(pointer.cast_mut().cast())) }
    }

    pub fn float(self, value: f64) -> Result<Object> {
        // SAFETY: a new reference or NULL.
        unsafe { self.own(ffi::PyFloat_FromDouble(value)) }
    }

    pub fn string(self, text: &str) -> Result<Object> {
        let length = text.len().cast_signed();
        // SAFETY: the bytes are UTF-8 and `length` of them are readable.
        unsafe { self.own(ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), length)) }
    }

    pub fn list<const N: usize>(self, items: [Object; N]) -> Result<Object> {
        // SAFETY: a new list, of which each item is set once; PyList_SetItem steals the reference.
        unsafe {
            let list = self.own(ffi::PyList_New(N.cast_signed()))?;
            for (index, item) in (0..).zip(items) {
                ffi::PyList_SetItem(list.as_ptr(), index, item.into_ptr());
            }
            Ok(list)
        }
    }

    /// Lets other threads run meanwhile.
    ///
    /// # Safety
    ///
    /// `work` touches nothing of Python's.
    pub unsafe fn detached<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: attached before and after; the rest is the caller's promise.
        unsafe {
            let state = ffi::PyEval_SaveThread();
            let result = work();
            ffi::PyEval_RestoreThread(state);
            result
        }
    }

    /// A bytearray with room for a `T`, and its address, which is good as long as the object is.
    pub fn memory_for<T>(self) -> Result<(Object, *mut T)> {
        let size = size_of::<T>().cast_signed();
        // SAFETY: a new reference or NULL; nobody resizes the bytearray.
        unsafe {
            let memory = self.own(ffi::PyByteArray_FromStringAndSize(std::ptr::null(), size))?;
            let start = ffi::PyByteArray_AsString(memory.as_ptr()).cast();
            Ok((memory, start))
        }
    }

    pub fn dict(self) -> Result<Object> {
        // SAFETY: a new reference or NULL.
        unsafe { self.own(ffi::PyDict_New()) }
    }

    pub fn import(self, name: &str) -> Result<Object> {
        let name = self.string(name)?;
        // SAFETY: `name` is live; the result is a new reference or NULL.
        unsafe { self.own(ffi::PyImport_Import(name.as_ptr())) }
    }

    /// The type of the pending error, borrowed; NULL if there is none.
    pub fn pending(self) -> *mut ffi::PyObject {
        // SAFETY: attached.
        unsafe { ffi::PyErr_Occurred() }
    }

    /// Whether the pending error is an instance of `class`.
    pub fn pending_is(self, class: Exception) -> bool {
        // SAFETY: attached; exception types live for ever.
        unsafe { ffi::PyErr_ExceptionMatches(class.as_ptr()) != 0 }
    }

    /// Raises a new error.
    pub fn raise(self, class: Exception, message: &str) -> Raised {
        if let Ok(message) = self.string(message) {
            // SAFETY: both are live.
            unsafe { ffi::PyErr_SetObject(class.as_ptr(), message.as_ptr()) };
        }
        Raised
    }

    /// Says that something will go; where warnings are errors that is one.
    pub fn warn(self, message: &CStr) -> Result<()> {
        // SAFETY: attached; the class lives for ever.
        match unsafe { ffi::PyErr_WarnEx(ffi::PyExc_DeprecationWarning, message.as_ptr(), 1) } {
            0 => Ok(()),
            _ => Err(Raised),
        }
    }

    /// Raises a new error, of which the pending one is the cause.
    pub fn raise_from_pending(self, class: Exception, message: &str) -> Raised {
        let cause = self.take_pending();
        let raised = self.raise(class, message);
        if let (Some(cause), Some(error)) = (cause, self.take_pending()) {
            // SAFETY: both are exceptions; PyException_SetCause steals the cause, and the last call
            // the type, the value and no traceback.
            unsafe {
                ffi::PyException_SetCause(error.as_ptr(), cause.into_ptr());
                let class = ffi::PyObject_Type(error.as_ptr());
                restore(class, error.into_ptr());
            }
        }
        raised
    }

    /// Removes the pending error, with its traceback attached to it.
    pub fn take_pending(self) -> Option<Object> {
        let (mut class, mut value, mut traceback) = Default::default();
        // SAFETY: the three are references of ours afterwards, each of them NULL or live.
        #[allow(deprecated, reason = "its successor came with Python 3.12")]
        unsafe {
            ffi::PyErr_Fetch(&mut class, &mut value, &mut traceback);
            ffi::PyErr_NormalizeException(&mut class, &mut value, &mut traceback);
            let _class = self.own(class);
            let error = self.own(value).ok()?;
            if let Ok(traceback) = self.own(traceback) {
                ffi::PyException_SetTraceback(error.as_ptr(), traceback.as_ptr());
            }
            Some(error)
        }
    }
}

/// # Safety
///
/// `class` and `value` are references that the caller gives away.
unsafe fn restore(class: *mut ffi::PyObject, value: *mut ffi::PyObject) {
    // SAFETY: the caller's promise; a traceback may be NULL.
    #[allow(deprecated, reason = "its successor came with Python 3.12")]
    unsafe {
        ffi::PyErr_Restore(class, value, std::ptr::null_mut());
    }
}

impl Object {
    pub fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    /// Gives the reference away.
    pub fn into_ptr(self) -> *mut ffi::PyObject {
        ManuallyDrop::new(self).as_ptr()
    }

    pub fn attached(&self) -> Attached {
        Attached(PhantomData)
    }

    pub fn is_none(&self) -> bool {
        // SAFETY: comparing addresses.
        self.as_ptr() == unsafe { ffi::Py_None() }
    }

    pub fn truth(&self) -> Result<bool> {
        // SAFETY: `self` is live.
        match unsafe { ffi::PyObject_IsTrue(self.as_ptr()) } {
            -1 => Err(Raised),
            truth => Ok(truth == 1),
        }
    }

    pub fn attribute(&self, name: &str) -> Result<Object> {
        let name = self.attached().string(name)?;
        // SAFETY: both are live; the result is a new reference or NULL.
        unsafe { self.attached().own(ffi::PyObject_GetAttr(self.as_ptr(), name.as_ptr())) }
    }

    pub fn set_attribute(&self, name: &CStr, value: &Object) -> Result<()> {
        // SAFETY: both are live.
        match unsafe { ffi::PyObject_SetAttrString(self.as_ptr(), name.as_ptr(), value.as_ptr()) } {
            0 => Ok(()),
            _ => Err(Raised),
        }
    }

    pub fn set_key(&self, key: &CStr, value: &Object) -> Result<()> {
        // SAFETY: both are live; what is not a dict is refused.
        match unsafe { ffi::PyDict_SetItemString(self.as_ptr(), key.as_ptr(), value.as_ptr()) } {
            0 => Ok(()),
            _ => Err(Raised),
        }
    }

    /// Calls it without arguments.
    pub fn call(&self) -> Result<Object> {
        // SAFETY: `self` is live; the result is a new reference or NULL.
        unsafe { self.attached().own(ffi::PyObject_CallObject(self.as_ptr(), std::ptr::null_mut())) }
    }

    /// The number of items of a tuple or list.
    pub fn length(&self) -> Result<usize> {
        // SAFETY: what is not a sequence is refused, with -1.
        usize::try_from(unsafe { ffi::PySequence_Size(self.as_ptr()) }).map_err(|_| Raised)
    }

    pub fn item(&self, index: usize) -> Result<Object> {
        // SAFETY: what is not a sequence, or too short, is refused; the result is new or NULL.
        unsafe { self.attached().own(ffi::PySequence_GetItem(self.as_ptr(), index.cast_signed())) }
    }

    pub fn set_item(&self, index: usize, value: &Object) -> Result<()> {
        let index = index.cast_signed();
        // SAFETY: both are live; what cannot be changed is refused.
        match unsafe { ffi::PySequence_SetItem(self.as_ptr(), index, value.as_ptr()) } {
            0 => Ok(()),
            _ => Err(Raised),
        }
    }

    pub fn as_address(&self) -> Result<*mut c_void> {
        // SAFETY: `self` is live.
        let address = unsafe { ffi::PyLong_AsVoidPtr(self.as_ptr()) };
        if address.is_null() && !self.attached().pending().is_null() {
            return Err(Raised);
        }
        Ok(address)
    }

    pub fn as_float(&self) -> Result<f64> {
        // SAFETY: `self` is live.
        let value = unsafe { ffi::PyFloat_AsDouble(self.as_ptr()) };
        if value == -1.0 && !self.attached().pending().is_null() {
            return Err(Raised);
        }
        Ok(value)
    }

    /// A copy of the bytes; None is None.
    pub fn as_bytes(&self) -> Result<Option<Vec<u8>>> {
        if self.is_none() {
            return Ok(None);
        }
        let (mut start, mut length) = (std::ptr::null_mut::<c_char>(), 0);
        // SAFETY: what is not bytes is refused.
        if unsafe { ffi::PyBytes_AsStringAndSize(self.as_ptr(), &mut start, &mut length) } != 0 {
            return Err(Raised);
        }
        // SAFETY: `self` owns `length` bytes from `start` on.
        let bytes = unsafe { slice::from_raw_parts(start.cast(), length.cast_unsigned()) };
        Ok(Some(bytes.to_vec()))
    }

    /// A name as the capsule API takes it; None is the NULL name.
    pub fn as_name(&self) -> Result<Option<CString>> {
        let Some(bytes) = self.as_bytes()? else {
            return Ok(None);
        };
        CString::new(bytes)
            .map(Some)
            .map_err(|_| self.attached().raise(Exception::Value, "a capsule name has no NUL byte inside"))
    }

    pub fn as_string(&self) -> Result<String> {
        // SAFETY: what is not a str is refused; the result is a new bytes object or NULL.
        let utf8 = unsafe { self.attached().own(ffi::PyUnicode_AsUTF8String(self.as_ptr()))? };
        Ok(String::from_utf8_lossy(&utf8.as_bytes()?.unwrap_or_default()).into_owned())
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        // SAFETY: `self` is live.
        unsafe { self.attached().share(self.as_ptr()) }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: the reference is ours.
        unsafe { ffi::Py_DECREF(self.as_ptr()) };
    }
}

/// The exception types that participants raise or tell apart.
#[derive(Clone, Copy)]
pub enum Exception {
    /// `Exception` itself: all but what ends a program.
    Any,
    Attribute,
    Import,
    Memory,
    ModuleNotFound,
    Type,
    Value,
}

impl Exception {
    fn as_ptr(self) -> *mut ffi::PyObject {
        // SAFETY: set before the first module is loaded, and never changed.
        unsafe {
            match self {
                Exception::Any => ffi::PyExc_Exception,
                Exception::Attribute => ffi::PyExc_AttributeError,
                Exception::Import => ffi::PyExc_ImportError,
                Exception::Memory => ffi::PyExc_MemoryError,
                Exception::ModuleNotFound => ffi::PyExc_ModuleNotFoundError,
                Exception::Type => ffi::PyExc_TypeError,
                Exception::Value => ffi::PyExc_ValueError,
            }
        }
    }
}
