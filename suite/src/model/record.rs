//! Knows a finished run: every report is made from this alone.

use serde::{Deserialize, Serialize};

use super::case::{Binds, Level, Phase};
use super::facts::Problem;

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

    /// True if it says that something was seen which is worth a look.
    pub fn is_told(self) -> bool {
        matches!(self, Verdict::Fail | Verdict::Info | Verdict::KnownDifference | Verdict::StaleDifference)
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

/// What a shard leaves to `merge`: whether a recorded deviation is stale shows only in the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place in the lists of suite and manifest.
    pub index: usize,
    /// What should have been seen.
    pub seen: String,
    /// What is said if nobody saw it.
    pub message: String,
}

/// One thing that happened in a pairing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The step during which it happened.
    pub step: Option<String>,
    /// `begins`, how a step ended (`returned`, `raised`, `skipped`), or the kind of an event.
    pub what: String,
    /// The rest of it; `@1` is the first address that is spoken of, whatever it is in this run.
    pub text: String,
}

/// A line of a project's own source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Relative to the current folder.
    pub file: String,
    /// From 1.
    pub line: u32,
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
    /// For findings: where the bound target makes or takes the capsule, or begins, if its debug information says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<SourceLine>,
    /// What the case asks for.
    pub expected: Option<String>,
    /// What was seen.
    pub observed: Option<String>,
    /// How the process ended.
    pub end: String,
    /// In a shard: the recorded deviation that it is, or those that did not occur.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub recorded: Vec<Recorded>,
    /// Reasons, and the text of the exception.
    pub message: String,
    /// For findings: what happens to users.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// The last bytes of output, where the result is not a pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<String>,
    /// What happened, in order, where the result is not a pass.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub timeline: Vec<Moment>,
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
