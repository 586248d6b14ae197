//! A producer of DLPack and Arrow capsules: the smallest tensor, schema, array and stream that a consumer can do
//! something with. The structs are those of `suite/probe/protocols.h`.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

use pyo3_ffi::{self as ffi, PyObject};

use crate::module::{self, method};
use crate::object::{Attached, Object, Result};

/// How many payloads are not given back yet.
static EXPORTED: AtomicI64 = AtomicI64::new(0);

/// What an exporter does at each step. The defaults are right; a defect overrides one.
pub trait Exporter {
    /// Ends a tensor; called by whoever has it, on any thread.
    ///
    /// # Safety
    ///
    /// `managed` is a tensor of ours that nobody has ended yet.
    unsafe fn delete_tensor(managed: *mut Exported) {
        EXPORTED.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: it came from a box, and the caller says that it is still there.
        drop(unsafe { Box::from_raw(managed) });
    }

    /// What the destructor of a tensor's capsule does: the name says whether the tensor is still the capsule's.
    ///
    /// # Safety
    ///
    /// Called from the destructor of `capsule`.
    unsafe fn end_tensor(capsule: *mut PyObject) {
        // SAFETY: IsValid neither sets nor clears an error, and a valid name cannot be refused.
        unsafe {
            if ffi::PyCapsule_IsValid(capsule, LEGACY.as_ptr()) != 0 {
                let managed: *mut ManagedTensor = ffi::PyCapsule_GetPointer(capsule, LEGACY.as_ptr()).cast();
                ((*managed).deleter)(managed);
            } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) != 0 {
                let managed: *mut VersionedTensor = ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast();
                ((*managed).deleter)(managed);
            }
        }
    }

    /// Whether a released struct of Arrow's is marked as such.
    fn marks_released() -> bool {
        true
    }

    /// Whether what nobody took is given back with its capsule.
    fn gives_back() -> bool {
        true
    }

    /// The last call of `get_next`, when no array is left: a status.
    fn end_of_stream(out: &mut ArrowArray) -> c_int {
        *out = ArrowArray::RELEASED;
        0
    }
}

const LEGACY: &CStr = c"dltensor";
const VERSIONED: &CStr = c"dltensor_versioned";

/// `Tensor` of the C header.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Tensor {
    data: *mut f64,
    device: [i32; 2],
    ndim: i32,
    code_and_bits: [u8; 2],
    lanes: u16,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

/// `ManagedTensor` of the C header.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ManagedTensor {
    tensor: Tensor,
    manager: *mut c_void,
    /// Ends it.
    pub deleter: unsafe extern "C" fn(*mut ManagedTensor),
}

/// `VersionedTensor` of the C header.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct VersionedTensor {
    version: [u32; 2],
    manager: *mut c_void,
    /// Ends it.
    pub deleter: unsafe extern "C" fn(*mut VersionedTensor),
    flags: u64,
    tensor: Tensor,
}

/// A tensor of either form, with what it points to behind it.
#[repr(C)]
pub struct Exported {
    form: Form,
    shape: [i64; 1],
    strides: [i64; 1],
    /// The elements.
    pub data: [f64; 3],
}

#[derive(Clone, Copy)]
#[repr(C)]
union Form {
    legacy: ManagedTensor,
    versioned: VersionedTensor,
}

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
    const RELEASED: ArrowArray = ArrowArray {
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
struct Column {
    buffers: [*const c_void; 2],
    values: [i32; 2],
}

// Tensors -------------------------------------------------------------------------------------------------------------

fn export_tensor<E: Exporter>(py: Attached, is_versioned: bool) -> Result<Object> {
    let nothing = Tensor {
        data: ptr::null_mut(),
        device: [1, 0],
        ndim: 1,
        code_and_bits: [2, 64],
        lanes: 1,
        shape: ptr::null_mut(),
        strides: ptr::null_mut(),
        byte_offset: 0,
    };
    let form = if is_versioned {
        let versioned = VersionedTensor {
            version: [1, 0],
            manager: ptr::null_mut(),
            deleter: delete_versioned::<E>,
            flags: 0,
            tensor: nothing,
        };
        Form { versioned }
    } else {
        let legacy = ManagedTensor { tensor: nothing, manager: ptr::null_mut(), deleter: delete_legacy::<E> };
        Form { legacy }
    };
    let made = Box::into_raw(Box::new(Exported { form, shape: [3], strides: [1], data: [0.5, 0.0, 0.0] }));
    let name = if is_versioned { VERSIONED } else { LEGACY };
    // SAFETY: `made` is ours and stays where it is; the form that was written is the one that is read; the name is static.
    unsafe {
        let tensor =
            if is_versioned { &raw mut (*made).form.versioned.tensor } else { &raw mut (*made).form.legacy.tensor };
        (*tensor).data = (&raw mut (*made).data).cast();
        (*tensor).shape = (&raw mut (*made).shape).cast();
        (*tensor).strides = (&raw mut (*made).strides).cast();
        EXPORTED.fetch_add(1, Ordering::Relaxed);
        py.own(ffi::PyCapsule_New(made.cast(), name.as_ptr(), Some(end_tensor_capsule::<E>)))
            .inspect_err(|_| E::delete_tensor(made))
    }
}

unsafe extern "C" fn delete_legacy<E: Exporter>(managed: *mut ManagedTensor) {
    // SAFETY: the struct is the beginning of ours.
    unsafe { E::delete_tensor(managed.cast()) };
}

unsafe extern "C" fn delete_versioned<E: Exporter>(managed: *mut VersionedTensor) {
    // SAFETY: the struct is the beginning of ours.
    unsafe { E::delete_tensor(managed.cast()) };
}

unsafe extern "C" fn end_tensor_capsule<E: Exporter>(capsule: *mut PyObject) {
    // SAFETY: Python calls it for a capsule of ours.
    unsafe { E::end_tensor(capsule) };
}

// Arrow ---------------------------------------------------------------------------------------------------------------

/// A struct of Arrow's: what goes along when it is moved, and how it is given back.
trait Arrow: Sized {
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

fn export_arrow<A: Arrow, E: Exporter>(py: Attached) -> Result<Object> {
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

// Verbs ---------------------------------------------------------------------------------------------------------------

/// What `PyInit_<stem>` of an exporter does.
pub fn initialise<E: Exporter>(name: &'static CStr) -> *mut PyObject {
    let methods = vec![
        method(c"bind", bind),
        method(c"tensor", tensor::<E>),
        method(c"versioned_tensor", versioned_tensor::<E>),
        method(c"schema", arrow::<ArrowSchema, E>),
        method(c"array", arrow::<ArrowArray, E>),
        method(c"stream", arrow::<ArrowStream, E>),
        method(c"exported", exported),
    ];
    module::initialise(name, methods, execute, || {})
}

unsafe extern "C" fn execute(_module: *mut PyObject) -> c_int {
    0
}

unsafe extern "C" fn bind(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, args| module::bind(c"producer", py, &args)) }
}

unsafe extern "C" fn tensor<E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_tensor::<E>(py, false)) }
}

unsafe extern "C" fn versioned_tensor<E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_tensor::<E>(py, true)) }
}

unsafe extern "C" fn arrow<A: Arrow, E: Exporter>(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| export_arrow::<A, E>(py)) }
}

unsafe extern "C" fn exported(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    // SAFETY: Python calls it.
    unsafe { module::run(args, |py, _| py.int(EXPORTED.load(Ordering::Relaxed))) }
}

/// Exports `PyInit_<stem>` for a type that is an `Exporter`.
#[macro_export]
macro_rules! export_exporter {
    ($stem:ident, $participant:ty) => {
        $crate::export!($stem, $crate::exporter::initialise::<$participant>);
    };
}
