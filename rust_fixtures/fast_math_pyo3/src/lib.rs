//! The clean producer through PyO3.

use pyo3_participant::Producer;

struct FastMath;

impl Producer for FastMath {}

pyo3_participant::export_producer!(fast_math, FastMath);
