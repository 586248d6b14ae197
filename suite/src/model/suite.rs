//! Knows the suite as it was read: cases, fixtures, vocabulary, conventions.

use std::collections::BTreeMap;

use globset::GlobMatcher;
use serde::Deserialize;
use serde_json::Value;

use super::case::{Actor, Case, Phase};
use super::facts::Difference;
use super::manifest::ReadyManifest;
use super::participant::Fixture;

/// Everything the suite knows before it has looked at a machine.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Sorted by id.
    pub cases: Vec<Case>,
    /// Sorted by stem; the builds of one stem may come from several sources.
    pub fixtures: Vec<Fixture>,
    /// The verbs.
    pub vocabulary: Vocabulary,
    /// How capsules are classified, in order.
    pub conventions: Vec<Convention>,
    /// Tables whose version everybody can read.
    pub tables: Vec<KnownTable>,
    /// Recorded deviations of interpreters.
    pub differences: Vec<Difference>,
    /// What is known of well-known packages.
    pub ready: Vec<ReadyManifest>,
}

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

/// One argument of a verb: `key`, `key?`, `key=DEFAULT`, with `:name` or `:steps` behind the key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Argument {
    /// The key in the case.
    pub key: String,
    /// True if it may be left out.
    pub optional: bool,
    /// What stands for it then; nothing at all if there is no default.
    pub default: Option<Value>,
    /// What is written there.
    pub kind: ArgumentKind,
}

/// What is written in an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Anything.
    Value,
    /// A capsule's name, that is bytes.
    Name,
    /// One step, or a list of them.
    Steps,
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
        let (key, kind) = match rest.split_once(':') {
            None => (rest, ArgumentKind::Value),
            Some((key, "name")) => (key, ArgumentKind::Name),
            Some((key, "steps")) => (key, ArgumentKind::Steps),
            Some((_, kind)) => return Err(format!("`{kind}` in `{text}` is no kind; use `name` or `steps`")),
        };
        Ok(Argument { key: key.to_owned(), optional, default, kind })
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

/// One rule of classification; the first that fits a capsule decides.
#[derive(Debug, Clone)]
pub struct Convention {
    /// The word used in cases and reports.
    pub id: String,
    /// The pattern of the place; any if absent.
    pub path: Option<GlobMatcher>,
    /// The ways in which the place may hold it; any if empty.
    pub how: Vec<String>,
    /// The shape of the name.
    pub name: NameShape,
    /// Exact names; any if empty.
    pub names: Vec<String>,
    /// The name says what the payload is and how it is given back, to consumers that know nothing of the producer.
    pub protocol: bool,
    /// What stands before the name of a capsule whose payload was taken over.
    pub used: Option<String>,
    /// What a class has whose objects hand out such capsules, as it is written behind an object: `__dlpack__()`.
    pub methods: Vec<String>,
}

/// A table that carries its version by an agreement of its own.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// The pattern of the capsule's place.
    pub path: GlobMatcher,
    /// How the worker makes one that has to be refused, by its age.
    pub refused: BTreeMap<String, Value>,
}

/// What a capsule's name looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameShape {
    #[default]
    /// Whatever it is.
    Any,
    /// The NULL name.
    Null,
    /// Identifiers with dots between them.
    Dotted,
    /// The last part of the path at which the capsule is found.
    Last,
    /// The path at which the capsule is found.
    Path,
    /// A C type with parameters in parentheses.
    Signature,
}
