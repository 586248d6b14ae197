//! The record as JSON: what other tools read, and what we read again.

use crate::model::RunRecord;

/// The version of the report that this program writes and reads.
pub(crate) const SCHEMA: &str = "capsule-conformance/report/1";

/// A report that is not one, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or without something that every report has.
    #[error("is not a report: {0}; was it cut off?")]
    Malformed(#[from] serde_json::Error),
    /// Of another version or another program.
    #[error("is a `{0}`, not a `{SCHEMA}`; use the program that wrote it")]
    Foreign(String),
    /// The run that wrote it did not come to its end.
    #[error("is not complete: {results} of {planned} results; run it again")]
    Incomplete {
        /// How many it has.
        results: usize,
        /// How many it should have.
        planned: usize,
    },
}

pub(super) fn write(record: &RunRecord) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("a record is plain data");
    text.push('\n');
    text
}

pub(super) fn read(text: &str) -> Result<RunRecord, ReadError> {
    let record: RunRecord = serde_json::from_str(text)?;
    if record.schema != SCHEMA {
        return Err(ReadError::Foreign(record.schema));
    }
    if !record.complete || record.results.len() != record.planned {
        return Err(ReadError::Incomplete { results: record.results.len(), planned: record.planned });
    }
    Ok(record)
}
