//! Knows what a case is: its requirement, its parameters, its steps and its expectations as written.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::participant::Build;

/// How bad it is when a case is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Beyond the contract: worth knowing, never a failure.
    Info,
    /// Convention and good manners.
    Should,
    /// Users crash, lose data or get a lie.
    Must,
}

impl Level {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Should => "should",
            Level::Must => "must",
        }
    }
}

/// Who is wrong when a case fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binds {
    /// The interpreter.
    Runtime,
    /// The side that makes the capsule.
    Producer,
    /// The side that takes its pointer.
    Consumer,
}

/// The part of a capsule's life in which a step belongs; a result says in which one it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// A capsule is made or changed by its producer.
    Make,
    /// A module is imported, or the import chain is prepared.
    Import,
    /// A consumer asks for the pointer.
    Take,
    /// Somebody goes through the pointer.
    Use,
    /// A second attempt after a failure.
    Retry,
    /// References go away.
    Drop,
    /// The interpreter shuts down.
    Exit,
}

impl Phase {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Make => "make",
            Phase::Import => "import",
            Phase::Take => "take",
            Phase::Use => "use",
            Phase::Retry => "retry",
            Phase::Drop => "drop",
            Phase::Exit => "exit",
        }
    }
}

/// Who performs a step; the worker itself when nobody is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// The producer of the pairing.
    Producer,
    /// The consumer of the pairing.
    Consumer,
    /// The C instrument: a raw call of the API.
    Probe,
    /// The worker: imports, references, the collector.
    World,
}

/// One thing the worker is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Names the step's result for later steps and for expectations.
    #[serde(rename = "as")]
    pub label: String,
    /// The verb, a word of the vocabulary.
    #[serde(rename = "do")]
    pub verb: String,
    /// Who performs it; absent for the world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// Arguments by name, with placeholders filled in by the plan.
    pub args: Map<String, Value>,
    /// Where in a capsule's life the step belongs.
    #[serde(skip)]
    pub phase: Phase,
    /// `other`: performed on a second thread, which is joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The builtin exception that is being handled meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    /// The label of the step that must have returned; else this one is left out.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The label of the step that must not have returned; else this one is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
}

/// One requirement: a file of `suite/cases`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// `family::stem`, from the file's place.
    pub id: String,
    /// One line.
    pub summary: String,
    /// The level, which a row may lower.
    pub level: Level,
    /// Who is wrong if this fails.
    pub binds: Binds,
    /// Where the requirement is written down.
    pub spec: String,
    /// What happens to users if it is broken.
    pub why: String,
    /// Where it applies.
    pub given: Given,
    /// The parameter table; one empty row without a name if there is none.
    pub rows: Vec<Row>,
    /// The steps, with placeholders.
    pub when: Vec<Step>,
    /// The expectations, with placeholders in their values.
    pub then: Vec<Then>,
    /// Who must fail it.
    pub catches: Vec<Catch>,
    /// The file, relative to the suite.
    pub path: String,
}

/// One parameter row of a case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// None for the only row of a case without parameters.
    pub name: Option<String>,
    /// Overrides the case's level.
    pub level: Option<Level>,
    /// The values that `{row.key}` stands for.
    pub values: Map<String, Value>,
}

/// Where a case applies and how it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Given {
    /// Who makes the capsule.
    pub producers: Option<Choice>,
    /// Who takes it.
    pub consumers: Option<Choice>,
    /// Whether the producer is imported before the first step (default) or by a step.
    pub lazy_producer: bool,
    /// The same for the consumer.
    pub lazy_consumer: bool,
    /// The conventions it applies to; empty for all.
    pub conventions: BTreeSet<String>,
    /// The names it is about; empty for all that the conventions leave.
    pub names: BTreeSet<String>,
    /// Of a target's capsules, only those with a destructor, or only those without one.
    pub destructor: Option<bool>,
    /// It is about what an earlier release handed out, and so does not apply to a target without such a record; a fixture's
    /// header is its record.
    pub baseline: bool,
    /// It is about a capsule that the consumer imports by name.
    pub imports: Option<Imports>,
    /// It is about a consumer that takes that capsule when it is imported itself.
    pub eager: bool,
    /// It is about a capsule that is handed over to the consumer.
    pub arguments: bool,
    /// Taking that capsule passes its ownership.
    pub once: bool,
    /// True: a new interpreter for each pairing.
    pub fresh: bool,
    /// Interpreter flags, fresh only.
    pub flags: Vec<String>,
    /// The interpreters it applies to.
    pub interpreters: Option<String>,
    /// True: the pairing ends by interpreter shutdown, not by leaving at once.
    pub shutdown: bool,
    /// Only rows whose table the consumer's policy accepts, or refuses.
    pub table: Option<Acceptance>,
    /// How long a pairing of fixtures may take; one with a target has as long as the user gives it.
    pub deadline: Option<Duration>,
}

/// What a consumer's declared policy makes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// It has to be used.
    Accepted,
    /// It has to be refused cleanly.
    Refused,
}

/// How much a consumer depends on the capsule that it imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Imports {
    /// It may do without.
    Optional,
    /// It cannot do without.
    Required,
    /// One or the other.
    Any,
}

impl Imports {
    /// Whether a consumer that declares its capsule `optional`, or not, is meant.
    pub fn fits(self, optional: bool) -> bool {
        match self {
            Imports::Optional => optional,
            Imports::Required => !optional,
            Imports::Any => true,
        }
    }
}

/// Which participants stand on one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// `*`: the clean fixtures that are not `by_name`, and targets that can do the steps.
    pub all: bool,
    /// `targets`: third-party modules alone.
    pub targets: bool,
    /// `declaring`, of consumers: the clean fixtures, `by_name` or not, that declare which tables they accept.
    pub declaring: bool,
    /// `wanted`, of producers: one build of the fixture that makes what the consumer takes.
    pub wanted: bool,
    /// These fixtures: a stem for all builds of it, or `stem@build`.
    pub stems: Vec<String>,
}

impl Choice {
    /// Whether this build of a fixture is named.
    pub fn names(&self, stem: &str, build: Build) -> bool {
        self.stems.iter().any(|word| match word.split_once('@') {
            Some((named, only)) => named == stem && only == build.word(),
            None => word == stem,
        })
    }
}

/// An expectation as written in a case: values may still hold placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Then {
    /// It holds only where this step has nothing to do, and so is left out.
    pub without: Option<String>,
    /// The step it is about.
    pub step: Option<String>,
    /// The item of a returned list or table that it is about: an index or a key.
    pub item: Option<Value>,
    /// `raises = "X"` or a placeholder for a list of classes.
    pub raises: Option<Value>,
    /// The class of the cause, or `none`; binds fixtures only.
    pub cause: Option<String>,
    /// The class of the context, or `none`; binds fixtures only.
    pub context: Option<String>,
    /// The exact text.
    pub message: Option<String>,
    /// Pieces of the text.
    pub mentions: Vec<String>,
    /// The value returned.
    pub returns: Option<Value>,
    /// Same value as another step's.
    pub same_as: Option<String>,
    /// Another value than another step's.
    pub differs_from: Option<String>,
    /// An exception is fine instead, if it is one of these.
    pub may_raise: Option<Value>,
    /// The largest number that it may return.
    pub at_most: Option<i64>,
    /// Returns or raises, both are fine.
    pub anything: bool,
    /// It returns, whatever: said where the completion is the requirement itself.
    pub completes: bool,
    /// An event.
    pub event: Option<String>,
    /// Its fields.
    pub filter: Map<String, Value>,
    /// The step during which it is counted.
    pub during: Option<String>,
    /// Its number; a placeholder is allowed.
    pub count: Option<Value>,
    /// Fields that each of them has.
    pub every: Map<String, Value>,
    /// How the process ends.
    pub end: Option<String>,
}

/// A defect fixture that must fail the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The defect's stem.
    pub stem: String,
    /// The side it stands on.
    pub side: Binds,
    /// The rows in which it must fail; empty for all.
    pub rows: Vec<String>,
    /// How `observed` must start.
    pub seen: String,
}
