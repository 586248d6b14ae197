//! The table still has the number of the layout before.
//!
//! A layout changed and its tag did not: https://github.com/pybind/pybind11/issues/5420

use ffi_participant::Producer;
use shared::payload::FunctionTable;

struct MisstatesItsVersion;

impl Producer for MisstatesItsVersion {
    fn published_table() -> &'static FunctionTable {
        static BEFORE: FunctionTable = FunctionTable::of_version(1);
        &BEFORE
    }
}

ffi_participant::export_producer!(misstates_its_version, MisstatesItsVersion);
