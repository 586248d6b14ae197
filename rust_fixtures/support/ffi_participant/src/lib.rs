//! Producers and consumers through raw `pyo3-ffi`, without PyO3.
//!
//! A participant is a type with one of the two traits; their default methods are the clean
//! behaviour, and a defect overrides one of them.

pub mod arrow;
pub mod capsule;
pub mod consumer;
pub mod consumer_verbs;
pub mod exporter;
pub mod module;
pub mod object;
pub mod producer;
pub mod producer_verbs;
pub mod tensor;

pub use consumer::Consumer;
pub use exporter::Exporter;
pub use object::{Attached, Exception, Object, Raised, Result};
pub use producer::Producer;
pub use pyo3_ffi::PyObject as RawObject;
