//! The payloads of the three patterns: a bare function, a function table, a handle.

use std::ffi::c_void;
use std::slice;

pub type Function = extern "C" fn(f64) -> f64;

/// The version of the table that this workspace was written for.
const VERSION: i32 = 2;

/// What `<stem>._C_API` points to. C pads the struct at its end; here the padding has a name, so
/// that every byte of it is defined.
#[repr(C)]
pub struct FunctionTable {
    pub sin: Function,
    pub cos: Function,
    pub sqrt: Function,
    pub version: i32,
    padding: i32,
}

/// A handle to something that is not Python's, with the function that closes it.
#[repr(C)]
pub struct DbHandle {
    pub magic: i64,
    pub value: i64,
    pub release: Option<unsafe extern "C" fn(*mut c_void)>,
}

/// A resource whose owner is whoever has `release` set. Moving one is copying it and clearing the
/// `release` of the source; a batch that was released has it cleared too.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Batch {
    pub release: Option<unsafe extern "C" fn(*mut Batch)>,
    pub resource: *mut c_void,
}

/// What the resource of a batch holds.
pub const BATCH_VALUE: i64 = 7;

pub static TABLE: FunctionTable = FunctionTable::new(fast_sin, fast_cos, fast_sqrt);

/// The handle that a producer makes where nobody gave it other bytes.
pub const fn handle(release: unsafe extern "C" fn(*mut c_void)) -> DbHandle {
    DbHandle { magic: 0x4462_4861, value: 42, release: Some(release) }
}

impl FunctionTable {
    /// Our functions under this version.
    pub const fn of_version(version: i32) -> Self {
        FunctionTable { sin: fast_sin, cos: fast_cos, sqrt: fast_sqrt, version, padding: 0 }
    }

    /// A table of the version that this workspace was written for.
    pub const fn new(sin: Function, cos: Function, sqrt: Function) -> Self {
        FunctionTable { sin, cos, sqrt, version: VERSION, padding: 0 }
    }
}

pub extern "C" fn fast_sin(x: f64) -> f64 {
    x.sin()
}

pub extern "C" fn fast_cos(x: f64) -> f64 {
    x.cos()
}

pub extern "C" fn fast_sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// The structs.
///
/// # Safety
///
/// The type is `repr(C)` and has no padding, so that each of its bytes has a value.
pub unsafe trait Payload {}

// SAFETY: three addresses, and the version with a field of its own behind it.
unsafe impl Payload for FunctionTable {}

// SAFETY: two words and an address.
unsafe impl Payload for DbHandle {}

// SAFETY: two addresses.
unsafe impl Payload for Batch {}

/// What a capsule may point to, as the verbs name it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Function,
    Table,
    Handle,
    Batch,
    /// Taken for its address alone.
    Opaque,
}

impl Kind {
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "function" => Kind::Function,
            "table" => Kind::Table,
            "handle" => Kind::Handle,
            "batch" => Kind::Batch,
            "opaque" => Kind::Opaque,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Function => "function",
            Kind::Table => "table",
            Kind::Handle => "handle",
            Kind::Batch => "batch",
            Kind::Opaque => "opaque",
        }
    }
}

/// What using a payload gave.
pub enum Used {
    Float(f64),
    Int(i64),
    Nothing,
    /// The payload is gone, and says so.
    Released,
}

/// Uses a payload in the way of its kind.
///
/// # Safety
///
/// `pointer` points to a live payload of this kind.
pub unsafe fn use_payload(pointer: *const c_void, kind: Kind) -> Used {
    match kind {
        Kind::Function => {
            // SAFETY: the caller says that it is a function of this type.
            let function: Function = unsafe { std::mem::transmute(pointer) };
            Used::Float(function(0.5))
        }
        Kind::Table => {
            // SAFETY: the caller says that it is a table. Only the slot is read: the rest of the
            // table may lie on a page that notices.
            let sin = unsafe { (*pointer.cast::<FunctionTable>()).sin };
            Used::Float(sin(0.5))
        }
        // SAFETY: the caller says that it is a handle.
        Kind::Handle => Used::Int(unsafe { (*pointer.cast::<DbHandle>()).value }),
        // SAFETY: the caller says that it is a batch; one that was not released has its resource.
        Kind::Batch => unsafe {
            let batch = pointer.cast::<Batch>();
            match (*batch).release {
                Some(_) => Used::Int(*(*batch).resource.cast()),
                None => Used::Released,
            }
        },
        Kind::Opaque => Used::Nothing,
    }
}

/// Ends a handle that was taken over from its capsule.
///
/// # Safety
///
/// `handle` points to a live handle that nobody else will end.
pub unsafe fn end_handle(handle: *mut c_void) {
    // SAFETY: the caller's promise.
    if let Some(release) = unsafe { (*handle.cast::<DbHandle>()).release } {
        // SAFETY: the function came with the handle, and is called this once.
        unsafe { release(handle) };
    }
}

/// Ends a batch that was moved out of its capsule; false if it was released before.
///
/// # Safety
///
/// `batch` points to a batch that is the caller's.
pub unsafe fn end_batch(batch: *mut Batch) -> bool {
    // SAFETY: the caller's promise; the function came with the batch, which it marks as released.
    unsafe { (*batch).release.map(|release| release(batch)).is_some() }
}

/// Where the consumer's own work fails while it takes a payload over, if it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    Never,
    /// It has the pointer, the capsule still owns what is there.
    Before,
    /// The capsule has given it up.
    After,
}

impl Failure {
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "never" => Failure::Never,
            "before" => Failure::Before,
            "after" => Failure::After,
            _ => return None,
        })
    }
}

/// Says why a consumer cannot use a table, if it cannot.
///
/// # Safety
///
/// `table` points to a function table of any version.
pub unsafe fn check_table(table: *const FunctionTable) -> Result<(), String> {
    // SAFETY: every version has the field that says which one it is, so it is read first. A slot is
    // read as an address, because a function that is NULL must not come to exist.
    unsafe {
        let found = (*table).version;
        if found < VERSION {
            return Err(format!("version {VERSION} of the table is needed, found version {found}"));
        }
        let slots: *const [usize; 3] = table.cast();
        if (*slots).contains(&0) {
            return Err("the table lacks a function".to_owned());
        }
        Ok(())
    }
}

/// The bytes of one of the structs.
pub fn bytes_of<T: Payload>(value: &T) -> &[u8] {
    // SAFETY: the promise of `Payload`.
    unsafe { slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>()) }
}
