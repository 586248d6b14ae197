//! Knows what a pairing left behind, and what the judge says of it.

use serde::Deserialize;
use serde_json::{Map, Value};

/// An exception as the worker saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Raised {
    /// The class's bare name.
    pub r#type: String,
    /// Its bases, itself first; builtins bare, others with their module.
    #[serde(default)]
    pub mro: Vec<String>,
    /// `str()` of it, or a note that `str()` raised.
    #[serde(default)]
    pub message: String,
    /// `__cause__`.
    #[serde(default)]
    pub cause: Option<Box<Raised>>,
    /// `__context__`.
    #[serde(default)]
    pub context: Option<Box<Raised>>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum StepEnd {
    /// With this value.
    Returned(Value),
    /// With this exception.
    Raised(Raised),
    /// Not performed: something it needs is missing.
    Skipped(String),
    /// Begun and never ended.
    Interrupted,
}

/// One step as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct StepFact {
    /// The step's label.
    pub label: String,
    /// How it ended.
    pub end: StepEnd,
}

/// One line of the instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its kind.
    pub kind: String,
    /// The rest of it.
    pub fields: Map<String, Value>,
    /// The label of the step during which it was written.
    pub during: Option<String>,
}

/// What happened next, by its place in the lists of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A step began.
    Begun(usize),
    /// A step ended.
    Ended(usize),
    /// An event was recorded.
    Event(usize),
}

/// The facts a pairing left behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// In order.
    pub steps: Vec<StepFact>,
    /// In order.
    pub events: Vec<Event>,
    /// In which order steps and events came.
    pub order: Vec<Turn>,
    /// `returned`, `exit N`, `silent exit N`, `signal NAME`, `timeout`, `not started`.
    pub end: String,
    /// True if the process was killed by the suite.
    pub killed_by_us: bool,
    /// The last bytes of what it wrote.
    pub output: String,
    /// From fork to answer, in microseconds.
    pub duration_us: u64,
    /// Set if the host was lost before it answered.
    pub lost: Option<String>,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What the case asks for.
    pub expected: String,
    /// What was seen; starts with the exception's class or with the end.
    pub observed: String,
    /// The label of the step, where there is one.
    pub step: Option<String>,
}

/// The judge's answer for one observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// As expected.
    Met,
    /// Not as expected; at least one.
    Broken(Vec<Mismatch>),
    /// The suite could not tell.
    Unclear(String),
    /// What the case is about never came.
    Moot(String),
}
