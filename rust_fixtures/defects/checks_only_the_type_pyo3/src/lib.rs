//! Takes the pointer of any capsule: that it is one is all it asks.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_participant::{Consumer, capsule};

struct ChecksOnlyTheType;

impl Consumer for ChecksOnlyTheType {
    fn take_pointer(object: &Bound<'_, PyAny>, name: Option<&CStr>) -> PyResult<NonNull<c_void>> {
        // The cast of PyO3 looks at the type alone.
        let found = object.cast::<PyCapsule>().map_err(|_| PyTypeError::new_err("expected a capsule"))?;
        if found.is_valid_checked(name) {
            return capsule::pointer(found, name);
        }
        let own = found.name()?;
        // SAFETY: the name lives as long as the capsule, which nobody renames meanwhile.
        let own = own.as_ref().map(|it| unsafe { it.as_cstr() });
        capsule::pointer(found, own)
    }
}

pyo3_participant::export_consumer!(checks_only_the_type, ChecksOnlyTheType);
