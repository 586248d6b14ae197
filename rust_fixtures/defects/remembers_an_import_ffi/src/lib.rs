//! Remembers the pointer of the last path that it imported, and not the capsule.
//!
//! <https://github.com/python/cpython/issues/100689>

use std::ffi::{CStr, CString, c_void};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

use ffi_participant::{Attached, Consumer, Exception, Object, Result, capsule, consumer};

/// The path, and the address that was found there.
static LAST: Mutex<Option<(CString, usize)>> = Mutex::new(None);

struct RemembersAnImport;

impl Consumer for RemembersAnImport {
    fn import_pointer(py: Attached, name: &CStr, no_block: bool) -> Result<(NonNull<c_void>, Object)> {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, address)) = &*last
            && path.as_c_str() == name
            && let Some(pointer) = NonNull::new(ptr::with_exposed_provenance_mut(*address))
        {
            return Ok((pointer, py.none()));
        }
        let capsule = capsule::import(py, name, no_block)
            .and_then(|_| consumer::find_object(py, name))
            .inspect_err(|_| Self::refuse(py, Exception::Attribute, Some(name)))?;
        let pointer = Self::take_pointer(&capsule, Some(name))?;
        *last = Some((name.to_owned(), pointer.as_ptr().expose_provenance()));
        Ok((pointer, capsule))
    }
}

ffi_participant::export_consumer!(remembers_an_import, RemembersAnImport);
