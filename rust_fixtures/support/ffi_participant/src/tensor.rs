//! The smallest tensor of DLPack's that a consumer can do something with. The structs are those of
//! `suite/probe/protocols.h`.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3_ffi::{self as ffi, PyObject};

use crate::exporter::{EXPORTED, Exporter};
use crate::object::{Attached, Object, Result};

pub(crate) const LEGACY: &CStr = c"dltensor";
pub(crate) const VERSIONED: &CStr = c"dltensor_versioned";

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

pub(crate) fn export_tensor<E: Exporter>(py: Attached, is_versioned: bool) -> Result<Object> {
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
