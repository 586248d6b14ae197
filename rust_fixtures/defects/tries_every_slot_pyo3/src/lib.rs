//! Tries the functions of a table out before it knows that they are there.
//!
//! <https://github.com/numpy/numpy/issues/25023>

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3_participant::Consumer;
use shared::payload::{self, FunctionTable};

struct TriesEverySlot;

impl Consumer for TriesEverySlot {
    unsafe fn accept_table(table: *const FunctionTable) -> PyResult<()> {
        // SAFETY: the caller's promise; that there is a function in every slot is what this gets
        // wrong.
        unsafe {
            if (*table).version >= 2 && ((*table).sin)(0.0) + ((*table).cos)(0.0) + ((*table).sqrt)(1.0) != 2.0 {
                return Err(PyImportError::new_err("the functions give wrong results"));
            }
            payload::check_table(table).map_err(PyImportError::new_err)
        }
    }
}

pyo3_participant::export_consumer!(tries_every_slot, TriesEverySlot);
