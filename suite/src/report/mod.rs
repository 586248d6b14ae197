//! Writes a finished run in one of the formats of [`Format`]; pure: the record in, bytes out.

mod json;
mod text;

use crate::model::{CaseResult, RunRecord};

pub use json::ReadError;
pub(crate) use json::SCHEMA;
pub use text::{Ink, Verbosity};

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: the record itself, versioned by its `schema`.
    Json,
}

/// What a format may know besides the record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Colour, for the formats that have any.
    pub ink: Ink,
    /// How much is said.
    pub verbosity: Verbosity,
}

impl Format {
    /// The report's bytes.
    pub fn write(self, record: &RunRecord, style: Style) -> String {
        match self {
            Format::Text => text::write(record, style),
            Format::Json => json::write(record),
        }
    }
}

/// Reads a JSON report again.
///
/// # Errors
///
/// It is none, it is of another version, or the run that wrote it did not come to its end.
pub fn read(text: &str) -> Result<RunRecord, ReadError> {
    json::read(text)
}

/// One finding as the text report shows it; `results` are the pairings that share it, at least one.
pub fn finding(results: &[&CaseResult]) -> String {
    text::finding(results)
}
