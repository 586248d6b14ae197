//! The smallest schema, array and stream of Arrow's that a consumer can do something with. The structs are those of
//! `suite/probe/protocols.h`.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3_ffi::{self as ffi, PyObject};

use crate::exporter::{EXPORTED, Exporter};
use crate::object::{Attached, Object, Result};

/// `ArrowSchema` of the C header.
#[repr(C)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// `ArrowArray` of the C header.
#[repr(C)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

/// `ArrowStream` of the C header.
#[repr(C)]
pub struct ArrowStream {
    get_schema: unsafe extern "C" fn(*mut ArrowStream, *mut ArrowSchema) -> c_int,
    get_next: unsafe extern "C" fn(*mut ArrowStream, *mut ArrowArray) -> c_int,
    get_last_error: unsafe extern "C" fn(*mut ArrowStream) -> *const c_char,
    release: Option<unsafe extern "C" fn(*mut ArrowStream)>,
    private_data: *mut c_void,
}

impl ArrowArray {
    pub(crate) const RELEASED: ArrowArray = ArrowArray {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: ptr::null_mut(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    };
}

/// Two numbers of 32 bits, behind a buffer of validity that may be left out.
#[repr(C)]
pub(crate) struct Column {
    buffers: [*const c_void; 2],
    values: [i32; 2],
}

/// A struct of Arrow's: what goes along when it is moved, and how it is given back.
pub(crate) trait Arrow: Sized {
    /// The name of its capsules.
    const NAME: &'static CStr;
    /// What its own pointer leads to.
    type Own;
    fn new<E: Exporter>() -> Self;
    fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)>;
    fn own(&self) -> *mut c_void;
}

impl Arrow for ArrowSchema {
    const NAME: &'static CStr = c"arrow_schema";
    type Own = u8;

    fn new<E: Exporter>() -> Self {
        ArrowSchema {
            format: c"i".as_ptr(),
            name: c"".as_ptr(),
            metadata: ptr::null(),
            flags: 2,
            n_children: 0,
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: Some(release::<Self, E>),
            private_data: Box::into_raw(Box::new(0u8)).cast(),
        }
    }

    fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)> {
        &mut self.release
    }

    fn own(&self) -> *mut c_void {
        self.private_data
    }
}

impl Arrow for ArrowArray {
    const NAME: &'static CStr = c"arrow_array";
    type Own = Column;

    fn new<E: Exporter>() -> Self {
        let column = Box::into_raw(Box::new(Column { buffers: [ptr::null(); 2], values: [1, 2] }));
        // SAFETY: the box stays where it is until it is released.
        let buffers = unsafe {
            (*column).buffers[1] = (&raw const (*column).values).cast();
            (&raw mut (*column).buffers).cast()
        };
        ArrowArray {
            length: 2,
            n_buffers: 2,
            buffers,
            release: Some(release::<Self, E>),
            private_data: column.cast(),
            ..ArrowArray::RELEASED
        }
    }

    fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)> {
        &mut self.release
    }

    fn own(&self) -> *mut c_void {
        self.private_data
    }
}

impl Arrow for ArrowStream {
    const NAME: &'static CStr = c"arrow_array_stream";
    type Own = u32;

    fn new<E: Exporter>() -> Self {
        ArrowStream {
            get_schema: stream_schema::<E>,
            get_next: stream_next::<E>,
            get_last_error: stream_error,
            release: Some(release::<Self, E>),
            private_data: Box::into_raw(Box::new(2u32)).cast(),
        }
    }

    fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)> {
        &mut self.release
    }

    fn own(&self) -> *mut c_void {
        self.private_data
    }
}

unsafe extern "C" fn release<A: Arrow, E: Exporter>(payload: *mut A) {
    EXPORTED.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: whoever calls it has the struct, and its own pointer came from such a box.
    unsafe {
        drop(Box::from_raw((*payload).own().cast::<A::Own>()));
        if E::marks_released() {
            *(*payload).release() = None;
        }
    }
}

unsafe extern "C" fn end_arrow_capsule<A: Arrow, E: Exporter>(capsule: *mut PyObject) {
    // SAFETY: Python calls it for a capsule of ours; under its name is a box of ours, whoever has what it led to.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, A::NAME.as_ptr()) == 0 {
            return;
        }
        let payload: *mut A = ffi::PyCapsule_GetPointer(capsule, A::NAME.as_ptr()).cast();
        if let Some(release) = *(*payload).release()
            && E::gives_back()
        {
            release(payload);
        }
        drop(Box::from_raw(payload));
    }
}

pub(crate) fn export_arrow<A: Arrow, E: Exporter>(py: Attached) -> Result<Object> {
    let payload = Box::into_raw(Box::new(A::new::<E>()));
    EXPORTED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the box is the capsule's from now on, and the name is static.
    unsafe { py.own(ffi::PyCapsule_New(payload.cast(), A::NAME.as_ptr(), Some(end_arrow_capsule::<A, E>))) }
}

unsafe extern "C" fn stream_schema<E: Exporter>(_stream: *mut ArrowStream, out: *mut ArrowSchema) -> c_int {
    EXPORTED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the caller gives us room for one.
    unsafe { out.write(ArrowSchema::new::<E>()) };
    0
}

unsafe extern "C" fn stream_next<E: Exporter>(stream: *mut ArrowStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: the caller has the stream, whose own pointer is a count, and gives us room for an array.
    unsafe {
        let left: *mut u32 = (*stream).private_data.cast();
        out.write(ArrowArray::RELEASED);
        if *left == 0 {
            return E::end_of_stream(&mut *out);
        }
        *left -= 1;
        EXPORTED.fetch_add(1, Ordering::Relaxed);
        out.write(ArrowArray::new::<E>());
    }
    0
}

unsafe extern "C" fn stream_error(_stream: *mut ArrowStream) -> *const c_char {
    ptr::null()
}
