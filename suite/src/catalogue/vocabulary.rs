//! Knows the verbs that cases may use, and how a capsule's convention is told from its name and place.

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{self, Mistake};
use crate::model::{Actor, Phase};

/// The verbs of each actor.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// What producers do.
    #[serde(default)]
    pub producer: BTreeMap<String, Verb>,
    /// What consumers do.
    #[serde(default)]
    pub consumer: BTreeMap<String, Verb>,
    /// Raw calls of the API.
    #[serde(default)]
    pub probe: BTreeMap<String, Verb>,
    /// What the worker does itself.
    #[serde(default)]
    pub world: BTreeMap<String, Verb>,
}

/// One verb.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verb {
    /// Where in a capsule's life it belongs.
    pub phase: Phase,
    /// What it does.
    pub summary: String,
    /// In the order of the call.
    #[serde(default)]
    pub args: Vec<Argument>,
}

/// One argument of a verb: `key`, `key?`, `key=DEFAULT`, with `:name` behind the key of a capsule's name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Argument {
    /// The key in the case.
    pub key: String,
    /// True if it may be left out.
    pub optional: bool,
    /// What stands for it then; nothing at all if there is no default.
    pub default: Option<Value>,
    /// True if it is a capsule's name, that is bytes.
    pub is_name: bool,
}

impl TryFrom<String> for Argument {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (rest, default) = match text.split_once('=') {
            None => (text.as_str(), None),
            Some((rest, json)) => {
                let value = serde_json::from_str(json).map_err(|error| format!("the default in `{text}`: {error}"))?;
                (rest, Some(value))
            }
        };
        let (rest, optional) = rest.strip_suffix('?').map_or((rest, default.is_some()), |rest| (rest, true));
        let (key, is_name) = rest.strip_suffix(":name").map_or((rest, false), |key| (key, true));
        Ok(Argument { key: key.to_owned(), optional, default, is_name })
    }
}

impl Vocabulary {
    /// The verb of an actor.
    pub fn verb(&self, by: Actor, verb: &str) -> Option<&Verb> {
        self.of(by).get(verb)
    }

    /// All verbs of an actor.
    pub fn of(&self, by: Actor) -> &BTreeMap<String, Verb> {
        match by {
            Actor::Producer => &self.producer,
            Actor::Consumer => &self.consumer,
            Actor::Probe => &self.probe,
            Actor::World => &self.world,
        }
    }
}

/// Reads `steps.toml`.
pub(super) fn steps(path: &str, text: &str) -> Result<Vocabulary, Vec<Mistake>> {
    toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])
}

/// One rule of classification; the first that fits a capsule decides.
#[derive(Debug, Clone)]
pub struct Convention {
    /// The word used in cases and reports.
    pub id: String,
    path: Option<GlobMatcher>,
    name: NameShape,
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NameShape {
    #[default]
    Any,
    /// The NULL name.
    Null,
    /// Identifiers with dots between them.
    Dotted,
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
                name: entry.name,
                names: entry.names,
            }),
            Err(error) => mistakes.push(diagnose::mistake_at(path, text, &entry.id, error.to_string())),
        }
    }
    if mistakes.is_empty() { Ok(conventions) } else { Err(mistakes) }
}

/// The convention of a capsule found at `path` with this name.
pub fn classify(conventions: &[Convention], path: &str, name: Option<&[u8]>) -> String {
    let text = name.map(String::from_utf8_lossy);
    conventions
        .iter()
        .find(|rule| {
            let path_fits = rule.path.as_ref().is_none_or(|glob| glob.is_match(path));
            let shape_fits = match rule.name {
                NameShape::Any => true,
                NameShape::Null => text.is_none(),
                NameShape::Dotted => text.as_deref().is_some_and(is_dotted),
            };
            let listed =
                rule.names.is_empty() || text.as_deref().is_some_and(|it| rule.names.iter().any(|known| known == it));
            path_fits && shape_fits && listed
        })
        .map_or_else(|| "label".to_owned(), |rule| rule.id.clone())
}

fn is_dotted(name: &str) -> bool {
    let identifier = |part: &str| {
        part.chars()
            .enumerate()
            .all(|(index, letter)| letter == '_' || letter.is_alphabetic() || index > 0 && letter.is_alphanumeric())
            && !part.is_empty()
    };
    name.contains('.') && name.split('.').all(identifier)
}

#[cfg(test)]
mod tests {
    use super::is_dotted;

    #[test]
    fn a_path_is_identifiers_with_dots_between() {
        assert!(is_dotted("fast_math._C_API"));
        assert!(!is_dotted("fast_math"));
        assert!(!is_dotted("int (int, double.x)"));
        assert!(!is_dotted("a..b"));
        assert!(!is_dotted("1a.b"));
    }
}
