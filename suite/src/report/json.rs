//! The record as JSON: what other tools read.

use crate::model::RunRecord;

pub(super) fn write(record: &RunRecord) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("a record is plain data");
    text.push('\n');
    text
}
