//! Knows what was learned of the machine and of the targets, and which deviations are on record.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::case::Binds;
use super::observation::Observation;
use super::participant::Consumes;
use super::record::{ConsumedRecord, SourceLine};

/// What is known of one interpreter.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpreter {
    /// Unique within the run.
    pub id: String,
    /// As the user wrote it, for rerun commands; none for the default.
    pub asked: Option<String>,
    /// What is started.
    pub program: PathBuf,
    /// `CPython`, `PyPy`, …
    pub implementation: String,
    /// `3.12.1`
    pub version: String,
    /// The numbers of it.
    pub numbers: Vec<u32>,
    /// A debug build.
    pub debug: bool,
    /// A build without the global lock.
    pub free_threaded: bool,
    /// Loads extensions of the stable ABI.
    pub loads_abi3: bool,
    /// Folders with `Python.h`; empty if there is none.
    pub includes: Vec<PathBuf>,
    /// The ending of a full-API extension's file.
    pub suffix: String,
    /// Changes whenever compiled extensions must be made again.
    pub identity: String,
}

/// Where a capsule is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// Dotted, with keys and indexes in brackets.
    pub path: String,
    /// `attribute`, `class`, `dict`, `sequence`, `interpreter`, `factory`.
    pub how: String,
}

/// A class whose objects hand out capsules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Protocol {
    /// Where it is found.
    pub path: String,
    /// The methods and attributes that it has of those that make capsules.
    pub methods: Vec<String>,
}

/// A capsule found or declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Capsule {
    /// Where it is found.
    pub path: String,
    /// The other places of the same object.
    pub aliases: Vec<String>,
    /// The name's bytes; none for the NULL name.
    pub name: Option<Vec<u8>>,
    /// The convention it follows.
    pub convention: String,
    /// How `path` holds it, as in [`Spot`].
    pub how: String,
    /// It has a destructor.
    pub destructor: bool,
    /// Which `[[produces]]` of its target speaks of it.
    pub entry: Option<usize>,
    /// It has a context.
    pub context: bool,
    /// What holds the name's bytes: the base name of a file, `heap`, `stack`, `unknown`; none for the NULL name.
    pub name_in: Option<String>,
    /// What holds the payload, likewise.
    pub payload_in: Option<String>,
    /// The name that the manifest says it has; none within none for the NULL name.
    pub agreed: Option<Option<String>>,
}

/// How far the look at a target came.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Looked {
    /// Through all of it.
    #[default]
    Whole,
    /// Importing it did not return; this is what was seen.
    ImportFailed(Box<Observation>),
    /// It could be imported, and then something else went wrong.
    Failed(String),
}

/// A capsule that a target was seen to take from somebody else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Discovered {
    /// In the manifest's words.
    pub entry: Consumes,
    /// Modules of others that take it too: loaded before a fault, so that only the target meets it.
    pub preload: Vec<String>,
}

/// What one interpreter showed of one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetFacts {
    /// The module.
    pub module: String,
    /// The interpreter's id.
    pub interpreter: String,
    /// The module's own word on its version.
    pub version: Option<String>,
    /// What it makes.
    pub produces: Vec<Capsule>,
    /// The capsules that it takes, each with the places besides the declared one.
    pub consumed: Vec<(String, Vec<String>)>,
    /// The classes whose objects make more.
    pub protocols: Vec<Protocol>,
    /// What it was seen to take.
    pub consumes: Vec<ConsumedRecord>,
    /// Those of them that others make and that the manifest does not speak of.
    pub discovered: Vec<Discovered>,
    /// The lines that debug information gives: of what is made or taken, by all names that a finding may have for it.
    pub lines: Vec<(Binds, Vec<String>, SourceLine)>,
    /// What its factories import when they are first called.
    pub imported: Vec<String>,
    /// The line at which the module begins, where it gives that away.
    pub begins: Option<SourceLine>,
    /// How far the look came.
    pub looked: Looked,
    /// Declared places without a capsule, each with the reason.
    pub unreachable: Vec<(String, String)>,
    /// Expressions of the manifest that are not Python, each with the reason.
    pub not_python: Vec<(String, String)>,
}

impl TargetFacts {
    /// The line of source that a finding about this subject is best shown at.
    pub fn line(&self, binds: Binds, subject: &str) -> Option<&SourceLine> {
        // The call is told last, and says more than the function that ends a capsule.
        let is_it = |it: &&(Binds, Vec<String>, SourceLine)| it.0 == binds && it.1.iter().any(|name| name == subject);
        self.lines.iter().rev().find(is_it).map(|it| &it.2).or(self.begins.as_ref())
    }
}

/// All that `inspect` learned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// In the order asked for.
    pub interpreters: Vec<Interpreter>,
    /// One for each target and interpreter.
    pub targets: Vec<TargetFacts>,
    /// What went wrong.
    pub problems: Vec<Problem>,
}

/// Something that kept the suite from telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `build`, `interpreter`, `target`, `host`, `machine`, `suite`.
    pub what: String,
    /// Which one.
    pub r#where: String,
    /// What happened, and what to do next.
    pub message: String,
}

/// A recorded deviation of an interpreter or of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The rows; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// Narrows it to a subject.
    pub subject: Option<String>,
    /// Narrows it to interpreters, like `cpython>=3.12`.
    pub interpreter: Option<String>,
    /// Narrows it to a producer.
    pub producer: Option<String>,
    /// Narrows it to a consumer.
    pub consumer: Option<String>,
    /// How `observed` starts instead.
    pub seen: String,
    /// Why it is accepted.
    pub reason: String,
    /// Where that is written down.
    pub link: Option<String>,
}
