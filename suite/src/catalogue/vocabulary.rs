//! Reads the vocabulary: the verbs that cases may use, and the rules that tell a capsule's convention.

use globset::Glob;
use serde::Deserialize;

use crate::diagnose::{self, Mistake};
use crate::model::{Convention, NameShape, Vocabulary};

/// Reads `steps.toml`.
pub(super) fn steps(path: &str, text: &str) -> Result<Vocabulary, Vec<Mistake>> {
    toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConventionFile {
    convention: Vec<ConventionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConventionEntry {
    id: String,
    /// For people.
    #[expect(dead_code, reason = "documents the rule in its own file")]
    summary: String,
    path: Option<String>,
    #[serde(default)]
    name: NameShape,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    protocol: bool,
    used: Option<String>,
    #[serde(default)]
    how: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
}

/// Reads `conventions.toml`.
pub(super) fn conventions(path: &str, text: &str) -> Result<Vec<Convention>, Vec<Mistake>> {
    let file: ConventionFile =
        toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    let mut mistakes = Vec::new();
    let mut conventions = Vec::new();
    for entry in file.convention {
        let glob = entry.path.as_deref().map(Glob::new).transpose();
        match glob {
            Ok(glob) => conventions.push(Convention {
                id: entry.id,
                path: glob.map(|glob| glob.compile_matcher()),
                how: entry.how,
                name: entry.name,
                names: entry.names,
                protocol: entry.protocol,
                used: entry.used,
                methods: entry.methods,
            }),
            Err(error) => mistakes.push(diagnose::mistake_at(path, text, &entry.id, error.to_string())),
        }
    }
    if mistakes.is_empty() { Ok(conventions) } else { Err(mistakes) }
}
