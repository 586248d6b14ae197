//! The endpoint badge of shields.io: one line of JSON that a page may keep at an address.

use serde_json::json;

use super::finding::plural;
use crate::model::RunRecord;

pub(super) fn write(record: &RunRecord) -> String {
    let fail = record.summary.fail;
    let (message, color) = match record.exit_code {
        0 if record.conformant && fail.should > 0 => {
            (format!("conformant, {} {}", fail.should, plural(fail.should, "warning")), "yellowgreen")
        }
        0 if record.conformant => ("conformant".to_owned(), "brightgreen"),
        0 | 1 => {
            let findings = fail.must + fail.should;
            (format!("{findings} {}", plural(findings, "finding")), "red")
        }
        4 => ("stale deviation".to_owned(), "orange"),
        _ => ("could not tell".to_owned(), "lightgrey"),
    };
    format!("{}\n", json!({"schemaVersion": 1, "label": "capsules", "message": message, "color": color}))
}
