//! Knows a pairing that is ready to run, and what must come of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::case::{Binds, Level, Step};
use super::participant::Participant;

/// What a step must do.
#[derive(Debug, Clone, PartialEq)]
pub struct StepExpectation {
    /// The label of the step.
    pub step: String,
    /// Only this item is looked at: an index of a returned list, or a key of a returned table.
    pub item: Option<Value>,
    /// The outcome.
    pub outcome: Outcome,
}

/// What a step's end must look like.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It raises.
    Raises(Raises),
    /// It returns this value.
    Returns(Value),
    /// It returns what the step with this label returned.
    SameAs(String),
    /// It returns something else than the step with this label.
    DiffersFrom(String),
    /// It returns a number that is not above this one.
    AtMost(i64),
    /// It returns, whatever.
    Completes,
    /// Either is fine, as long as the process lives.
    Anything,
    /// One of these exceptions is as good as the outcome itself.
    OrRaises(Box<Outcome>, Raises),
}

/// Which exception a step must raise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Raises {
    /// The accepted classes: builtins bare, others with their module.
    pub classes: Vec<String>,
    /// True if exactly one of the classes counts, false if a subclass does too.
    pub exact: bool,
    /// Classes that never count, subclasses included.
    pub never: Vec<String>,
    /// The class that must be reachable as `__cause__`; `none` if there must be no cause.
    pub cause: Option<String>,
    /// The same for `__context__`.
    pub context: Option<String>,
    /// The exact text.
    pub message: Option<String>,
    /// Pieces that the text must contain.
    pub mentions: Vec<String>,
}

/// What must be seen of an event. A field is a value, or `{not: value}` for any other.
#[derive(Debug, Clone, PartialEq)]
pub struct EventExpectation {
    /// The kind, as the instrument writes it.
    pub event: String,
    /// Only events whose fields are these.
    pub filter: BTreeMap<String, Value>,
    /// Only events between this step's begin and end.
    pub during: Option<String>,
    /// What holds of these events.
    pub tally: Tally,
}

/// What must hold of the events that were chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Tally {
    /// There are exactly so many.
    Count(u64),
    /// Each has these fields, and there is one at least: nothing is said by what never happened.
    Every(BTreeMap<String, Value>),
}

/// What a pairing must leave behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// In the order of the steps; a step without an entry must complete.
    pub steps: Vec<StepExpectation>,
    /// Event counts.
    pub events: Vec<EventExpectation>,
    /// Steps that are performed only if another one returned: label and label.
    pub conditions: BTreeMap<String, String>,
    /// Steps that are performed only if another one did not return: label and label.
    pub exceptions: BTreeMap<String, String>,
    /// The step that is handed a payload of the suite's own.
    pub offered: Option<Offered>,
    /// A participant may be called while an error is pending.
    pub errors_pending: bool,
    /// How the process must end.
    pub end: String,
    /// Once the interpreter shuts down, any end but a hang is fine.
    pub any_exit: bool,
}

/// A step that is handed a payload for which not every consumer has a use: a clean refusal says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The label of the step.
    pub step: String,
    /// The manifest can name another payload in its place.
    pub replaceable: bool,
}

/// One case × one producer × one consumer × one interpreter × one row, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairing {
    /// `CASE[ROW]/PRODUCER/CONSUMER/INTERPRETER/BY/SUBJECT`.
    pub id: String,
    /// The case's id.
    pub case: String,
    /// The row's name.
    pub row: Option<String>,
    /// Who is wrong if it fails.
    pub binds: Binds,
    /// The level of this row.
    pub level: Level,
    /// Index into the plan's interpreters.
    pub interpreter: usize,
    /// The id of that interpreter.
    pub interpreter_id: String,
    /// Who makes the capsule.
    pub producer: Option<Participant>,
    /// Who takes it.
    pub consumer: Option<Participant>,
    /// The module whose code takes the capsule.
    pub by: Option<String>,
    /// What the finding is about.
    pub subject: String,
    /// The target under test, if any.
    pub target: Option<String>,
    /// What the worker does.
    pub script: Script,
    /// What must come of it.
    pub expectation: Expectation,
    /// What happens to users if it does not.
    pub why: String,
    /// Set when the pairing cannot run or does not apply.
    pub set_aside: Option<SetAside>,
}

/// Why a pairing of the plan is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetAside {
    /// The requirement does not concern this pairing.
    NotApplicable(String),
    /// It does, but this machine cannot tell.
    Unverified(String),
}

/// What the worker does for one pairing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// In order.
    pub steps: Vec<Step>,
    /// A new interpreter instead of a fork.
    pub fresh: bool,
    /// Its flags.
    pub flags: Vec<String>,
    /// Environment variables of the target.
    pub env: BTreeMap<String, String>,
    /// Classes of exceptions that the manifest names.
    pub classes: Vec<String>,
    /// Modules that the host imported before it forks.
    pub preload: Vec<String>,
    /// End by interpreter shutdown.
    pub shutdown: bool,
    /// It has no longer than this, whatever the run allows.
    pub deadline: Option<Duration>,
    /// The producer is imported by a step, not beforehand.
    pub lazy_producer: bool,
    /// The consumer is imported by a step, not beforehand.
    pub lazy_consumer: bool,
}

/// What runs, and what does not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Sorted by id.
    pub pairings: Vec<Pairing>,
}
