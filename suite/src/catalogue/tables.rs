//! Reads the tables whose version everybody can read, and what they look like where they have to be refused.

use std::collections::BTreeMap;

use globset::Glob;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::diagnose::{self, Mistake};
use crate::model::KnownTable;
use crate::stand_in::Age;

const POINTER: usize = size_of::<u64>();

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    path: String,
    /// For people.
    #[expect(dead_code, reason = "documents the agreement in its own file")]
    rule: String,
    size: usize,
    traps: [usize; 2],
    ages: BTreeMap<String, AgeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgeEntry {
    size: Option<usize>,
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    offset: usize,
    hex: Option<String>,
    answer: Option<u32>,
}

/// Reads `tables.toml`.
pub(super) fn tables(path: &str, text: &str) -> Result<Vec<KnownTable>, Vec<Mistake>> {
    let file: TableFile = toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    let mut mistakes = Vec::new();
    let mut tables = Vec::new();
    for entry in file.table {
        let mut say = |needle: &str, message: String| mistakes.push(diagnose::mistake_at(path, text, needle, message));
        for (age, of_age) in &entry.ages {
            if serde_json::from_value::<Age>(age.as_str().into()).is_err() {
                say(age, format!("`{age}` is no age of a table; write one that the rows of the cases have"));
            }
            if of_age.edits.iter().any(|it| it.hex.is_some() == it.answer.is_some()) {
                say(age, "each of `edits` has exactly one of `hex` and `answer`".to_owned());
            }
        }
        let refused = entry.ages.iter().map(|(age, of_age)| (age.clone(), recipe(&entry, of_age))).collect();
        match Glob::new(&entry.path) {
            Ok(glob) => tables.push(KnownTable { path: glob.compile_matcher(), refused }),
            Err(error) => say(&entry.path, error.to_string()),
        }
    }
    if mistakes.is_empty() { Ok(tables) } else { Err(mistakes) }
}

fn recipe(entry: &TableEntry, of_age: &AgeEntry) -> Value {
    let size = of_age.size.unwrap_or(entry.size);
    let [begin, end] = entry.traps;
    let traps = (begin..end.min(size)).step_by(POINTER).map(|offset| json!({ "offset": offset, "trap": "another" }));
    let edits = of_age.edits.iter().map(|it| match it.answer {
        Some(number) => json!({ "offset": it.offset, "answer": number }),
        None => json!({ "offset": it.offset, "hex": it.hex }),
    });
    json!({ "size": size, "edits": traps.chain(edits).collect::<Vec<_>>() })
}
