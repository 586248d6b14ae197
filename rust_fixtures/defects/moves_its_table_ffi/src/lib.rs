//! Every import of the module makes a table of its own.
//!
//! A table moved from static memory in a bug-fix release: https://github.com/python/cpython/issues/100689

use ffi_participant::Producer;
use shared::payload::FunctionTable;

struct MovesItsTable;

impl Producer for MovesItsTable {
    fn published_table() -> &'static FunctionTable {
        Box::leak(Box::new(FunctionTable::of_version(2)))
    }
}

ffi_participant::export_producer!(moves_its_table, MovesItsTable);
