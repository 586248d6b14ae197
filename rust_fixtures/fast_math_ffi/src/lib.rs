//! The clean producer through raw `pyo3-ffi`.

use ffi_participant::Producer;

struct FastMath;

impl Producer for FastMath {}

ffi_participant::export_producer!(fast_math, FastMath);
