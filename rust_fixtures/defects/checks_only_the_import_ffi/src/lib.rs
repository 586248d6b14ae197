//! Takes the capsule it has just imported for one whose pointer cannot be refused.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use ffi_participant::consumer::find_object;
use ffi_participant::{Attached, Consumer, Exception, Object, Result, capsule};
use shared::payload::FunctionTable;

struct ChecksOnlyTheImport;

impl Consumer for ChecksOnlyTheImport {
    fn import_pointer(py: Attached, name: &CStr, no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        let found = capsule::import(py, name, no_block)
            .and_then(|_| find_object(py, name))
            .inspect_err(|_| Self::refuse(py, Exception::Attribute, Some(name)))?;
        // SAFETY: attached, and the name ends in NUL.
        let pointer = unsafe { pyo3_ffi::PyCapsule_GetPointer(found.as_ptr(), name.as_ptr()) };
        // SAFETY: broken on purpose, NULL has no version. Volatile, so that the read is not left out.
        let version = unsafe { (&raw const (*pointer.cast::<FunctionTable>()).version).read_volatile() };
        assert!(version >= 0);
        // SAFETY: whoever came this far has read from it.
        Ok((unsafe { NonNull::new_unchecked(pointer) }, found))
    }
}

ffi_participant::export_consumer!(checks_only_the_import, ChecksOnlyTheImport);
