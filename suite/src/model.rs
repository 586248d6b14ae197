//! Knows the plain data that all steps share; imports none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
}

/// What a step must do.
#[derive(Debug, Clone, PartialEq)]
pub struct StepExpectation {
    /// The label of the step.
    pub step: String,
    /// Only this item of a returned list is looked at.
    pub item: Option<usize>,
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
    /// It returns, whatever.
    Completes,
    /// Either is fine, as long as the process lives.
    Anything,
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
    /// The class that must be reachable as `__cause__`.
    pub cause: Option<String>,
    /// The exact text.
    pub message: Option<String>,
    /// Pieces that the text must contain.
    pub mentions: Vec<String>,
}

/// How often an event must be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct EventExpectation {
    /// The kind, as the instrument writes it.
    pub event: String,
    /// Only events whose fields are these.
    pub filter: BTreeMap<String, Value>,
    /// Only events between this step's begin and end.
    pub during: Option<String>,
    /// The exact number.
    pub count: u64,
}

/// What a pairing must leave behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// In the order of the steps; a step without an entry must complete.
    pub steps: Vec<StepExpectation>,
    /// Event counts.
    pub events: Vec<EventExpectation>,
    /// How the process must end.
    pub end: String,
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
    /// True: a new interpreter for each pairing.
    pub fresh: bool,
    /// Interpreter flags, fresh only.
    pub flags: Vec<String>,
    /// The interpreters it applies to.
    pub interpreters: Option<String>,
    /// True: the pairing ends by interpreter shutdown, not by leaving at once.
    pub shutdown: bool,
}

/// Which participants stand on one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// `*`: the clean fixtures that are not `by_name`, and targets that can do the steps.
    pub all: bool,
    /// `targets`: third-party modules alone.
    pub targets: bool,
    /// These fixtures.
    pub stems: Vec<String>,
}

/// An expectation as written in a case: values may still hold placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Then {
    /// The step it is about.
    pub step: Option<String>,
    /// The item of a returned list that it is about.
    pub item: Option<usize>,
    /// `raises = "X"` or a placeholder for a list of classes.
    pub raises: Option<Value>,
    /// The cause; binds fixtures only.
    pub cause: Option<String>,
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

/// What a fixture's header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixture {
    /// The module name.
    pub stem: String,
    /// Where its source is, relative to the suite.
    pub source: String,
    /// The builds that this source has.
    pub builds: Vec<Build>,
    /// The side it stands on.
    pub side: Binds,
    /// One line.
    pub summary: String,
    /// For defects: the cases that must fail it.
    pub breaks: Vec<String>,
    /// Verbs that the binding cannot do.
    pub lacks: BTreeSet<String>,
    /// Where the binding works.
    pub interpreters: Option<String>,
    /// Takes part only in cases that name it.
    pub by_name: bool,
    /// The exceptions a refusal may have, for `{consumer.wrong_name_error}`.
    pub wrong_name_error: String,
    /// What it makes, in the manifest's words.
    pub produces: Vec<Produces>,
    /// What it takes, in the manifest's words.
    pub consumes: Vec<Consumes>,
}

impl Fixture {
    /// A defect names what it breaks; a clean fixture breaks nothing.
    pub fn is_defect(&self) -> bool {
        !self.breaks.is_empty()
    }
}

/// The five ways a fixture is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Build {
    /// C, full API, single-phase initialisation.
    CSinglePhase,
    /// C, full API, multi-phase initialisation.
    CMultiPhase,
    /// C, limited API: compiled once against the oldest interpreter of the run.
    CAbi3,
    /// Rust through PyO3's capsule type.
    RustPyo3,
    /// Rust through raw pyo3-ffi.
    RustFfi,
}

impl Build {
    /// The builds of every C source.
    pub const C: [Build; 3] = [Build::CSinglePhase, Build::CMultiPhase, Build::CAbi3];

    /// The word used in participants' ids.
    pub fn word(self) -> &'static str {
        match self {
            Build::CSinglePhase => "c_single_phase",
            Build::CMultiPhase => "c_multi_phase",
            Build::CAbi3 => "c_abi3",
            Build::RustPyo3 => "rust_pyo3",
            Build::RustFfi => "rust_ffi",
        }
    }

    /// True for the builds that cargo makes.
    pub fn is_rust(self) -> bool {
        matches!(self, Build::RustPyo3 | Build::RustFfi)
    }
}

/// One `[[produces]]` of a manifest or a fixture's header.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Produces {
    /// The dotted path at which the capsule is found.
    pub attribute: Option<String>,
    /// An expression that makes one.
    pub factory: Option<String>,
    /// The agreed name.
    pub name: Option<String>,
    /// The NULL name is the agreed one.
    #[serde(default)]
    pub unnamed: bool,
    /// The declared convention.
    pub convention: Option<String>,
    /// The factory returns an existing capsule.
    #[serde(default)]
    pub shared: bool,
    /// An expression that must return to its first value.
    pub releases: Option<String>,
    /// `none` switches a protocol's cases off.
    pub protocol: Option<String>,
    /// The payload is a struct.
    pub table: Option<Table>,
}

/// One `[[consumes]]` of a manifest or a fixture's header.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumes {
    /// Import path and name of a capsule imported by name.
    pub capsule: Option<String>,
    /// The agreed name where it is not the path.
    pub name: Option<String>,
    /// The NULL name is the agreed one.
    #[serde(default)]
    pub unnamed: bool,
    /// `import`, or an expression that makes the consumer use it.
    pub trigger: Option<String>,
    /// The exceptions that count as a clean failure.
    pub failure: Option<Vec<String>>,
    /// The trigger may succeed without the capsule.
    #[serde(default)]
    pub optional: bool,
    /// A call with `{capsule}` in it.
    pub call: Option<String>,
    /// An expression that makes a valid argument.
    pub good: Option<String>,
    /// Taking passes ownership.
    #[serde(default)]
    pub once: bool,
    /// The name afterwards, where ownership passes by rename.
    pub used_name: Option<String>,
    /// Evaluated after everyone else dropped the capsule.
    pub after: Option<String>,
    /// `none` switches a protocol's cases off.
    pub protocol: Option<String>,
    /// The payload is a struct.
    pub table: Option<Table>,
}

/// The shape of a payload, in the layout language of the manifest.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// C layout, one `type name` each.
    pub layout: Vec<String>,
    /// The version field, or two.
    pub version: Option<toml::Value>,
    /// Packs a two-part version into one field.
    pub split: Option<u32>,
    /// The version's value.
    pub current: Option<toml::Value>,
    /// Fields that only versions from N on have.
    #[serde(default)]
    pub since: BTreeMap<String, i64>,
    /// The policy of a consumer.
    pub accepts: Option<String>,
    /// The field that carries the struct's size.
    pub size: Option<String>,
}

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
    /// `attribute`, `dict`, `class`, `sequence`, `factory`.
    pub how: String,
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
    /// None if the import succeeded, else how it ended.
    pub failure: Option<String>,
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
    /// `build`, `interpreter`, `target`, `host`.
    pub what: String,
    /// Which one.
    pub r#where: String,
    /// What happened, and what to do next.
    pub message: String,
}

/// A recorded deviation of an interpreter or of a target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The rows; all if absent.
    #[serde(default)]
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

/// Someone on one side of a pairing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    /// One build of a fixture.
    Fixture {
        /// The module name.
        stem: String,
        /// How it is built.
        build: Build,
    },
    /// A third-party module.
    Target {
        /// Its dotted import name.
        module: String,
    },
}

impl Participant {
    /// The id in reports: `stem@build`, or the module's name.
    pub fn id(&self) -> String {
        match self {
            Participant::Fixture { stem, build } => format!("{stem}@{}", build.word()),
            Participant::Target { module } => module.clone(),
        }
    }

    /// The name it is imported by.
    pub fn module(&self) -> &str {
        match self {
            Participant::Fixture { stem, .. } => stem,
            Participant::Target { module } => module,
        }
    }
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
    /// Modules that the host imported before it forks.
    pub preload: Vec<String>,
    /// End by interpreter shutdown.
    pub shutdown: bool,
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

/// The facts a pairing left behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// In order.
    pub steps: Vec<StepFact>,
    /// In order.
    pub events: Vec<Event>,
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
}

/// The verdict of one pairing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected.
    Pass,
    /// Not as expected.
    Fail,
    /// A case of level `info` that showed something.
    Info,
    /// A recorded deviation, seen as recorded.
    KnownDifference,
    /// A recorded deviation that no longer occurs.
    StaleDifference,
    /// The requirement does not concern this pairing.
    NotApplicable,
    /// It does, but this machine cannot tell.
    Unverified,
    /// The suite could not tell.
    Error,
}

impl Verdict {
    /// True if the pairing was really looked at.
    pub fn verifies(self) -> bool {
        !matches!(self, Verdict::Unverified | Verdict::Error | Verdict::NotApplicable)
    }

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Info => "info",
            Verdict::KnownDifference => "known difference",
            Verdict::StaleDifference => "stale difference",
            Verdict::NotApplicable => "not applicable",
            Verdict::Unverified => "unverified",
            Verdict::Error => "error",
        }
    }
}

/// One row of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The pairing's id.
    pub id: String,
    /// The case's id.
    pub case: String,
    /// The parameter row.
    pub row: Option<String>,
    /// Where it ended; for a pass, the last phase.
    pub phase: Option<Phase>,
    /// Who is wrong if it fails.
    pub binds: Binds,
    /// The level of this row.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// The interpreter's id.
    pub interpreter: String,
    /// The producer's id.
    pub producer: Option<String>,
    /// The consumer's id.
    pub consumer: Option<String>,
    /// The module whose code takes the capsule.
    pub by: Option<String>,
    /// What the finding is about.
    pub subject: String,
    /// What the case asks for.
    pub expected: Option<String>,
    /// What was seen.
    pub observed: Option<String>,
    /// How the process ended.
    pub end: String,
    /// Reasons, and the text of the exception.
    pub message: String,
    /// For findings: what happens to users.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// The last bytes of output, where the result is not a pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<String>,
    /// From fork to answer.
    pub duration_us: u64,
    /// The command that runs this one pairing again.
    pub rerun: String,
}

/// A requirement that nothing verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnverifiedMust {
    /// The case.
    pub case: String,
    /// The subject.
    pub subject: String,
    /// The interpreter.
    pub interpreter: String,
    /// Why nobody could tell.
    pub reason: String,
}

/// Failures by level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failures {
    /// Of level `must`.
    pub must: u64,
    /// Of level `should`.
    pub should: u64,
}

/// Results by verdict; their sum is `planned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// As expected.
    pub pass: u64,
    /// Not as expected.
    pub fail: Failures,
    /// Shown for information.
    pub info: u64,
    /// Recorded deviations seen.
    pub known_difference: u64,
    /// Recorded deviations gone.
    pub stale_difference: u64,
    /// Not concerned.
    pub not_applicable: u64,
    /// Not told by this machine.
    pub unverified: u64,
    /// Not told by the suite.
    pub error: u64,
}

/// The suite that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteRecord {
    /// The program's version.
    pub version: String,
    /// How many cases it knows.
    pub cases: usize,
    /// Of all its data.
    pub digest: String,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// From 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

/// The plan that a report is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// Of the suite and the ids of all pairings.
    pub digest: String,
    /// How many there are in all shards.
    pub pairings: usize,
    /// Which part this is.
    pub shard: ShardRecord,
}

/// An interpreter in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpreterRecord {
    /// Unique within the run.
    pub id: String,
    /// `CPython`, `PyPy`, …
    pub implementation: String,
    /// `3.12.1`
    pub version: String,
    /// A debug build.
    pub debug: bool,
    /// A build without the global lock.
    pub free_threaded: bool,
}

/// A capsule in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducedRecord {
    /// Where it is found.
    pub path: String,
    /// The other places of the same object.
    pub aliases: Vec<String>,
    /// Null for the NULL name, `""` for the empty one.
    pub name: Option<String>,
    /// The convention it follows.
    pub convention: String,
    /// How it was found.
    pub how: String,
}

/// A capsule that a target takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumedRecord {
    /// Where it is found.
    pub path: String,
    /// Null for the NULL name.
    pub name: Option<String>,
    /// The module whose code takes it.
    pub by: String,
    /// The API function.
    pub via: Option<String>,
}

/// A target in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// The module.
    pub module: String,
    /// Its own word on its version.
    pub version: Option<String>,
    /// The interpreter's id.
    pub interpreter: String,
    /// What it makes.
    pub produces: Vec<ProducedRecord>,
    /// What it takes.
    pub consumes: Vec<ConsumedRecord>,
}

/// A finished run: every report is made from this alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// `capsule-conformance/report/1`.
    pub schema: String,
    /// The suite that made it.
    pub suite: SuiteRecord,
    /// The plan it is of.
    pub plan: PlanRecord,
    /// What it ran under.
    pub interpreters: Vec<InterpreterRecord>,
    /// What it was about.
    pub targets: Vec<TargetRecord>,
    /// How many results there are.
    pub planned: usize,
    /// Sorted by id.
    pub results: Vec<CaseResult>,
    /// Applicable `must` requirements that nothing verified.
    pub unverified_must: Vec<UnverifiedMust>,
    /// What kept the suite from telling.
    pub problems: Vec<Problem>,
    /// Results by verdict.
    pub summary: Summary,
    /// What exit code 0 would say, whatever `--fail-on`.
    pub conformant: bool,
    /// The process's exit code.
    pub exit_code: u8,
    /// Written last: a report without it was cut off.
    pub complete: bool,
}
