//! The exit code of a run, of a part of one and of a trace.

use crate::model::{Pairing, Problem, Raised, StepEnd, Summary, Trace};

use super::Attempts;

/// Which findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Broken `must` requirements.
    Must,
    /// Broken `should` requirements too.
    Should,
    /// None.
    Never,
}

/// The problem of a run in which the suite itself went wrong.
const OURS: &str = "suite";
/// Its exit code.
const BUG: u8 = 70;

/// What was planned and has no answer is a bug of ours, and a problem of its own.
pub fn unanswered(plan: &[Pairing], attempts: &[Option<Attempts>]) -> Option<Problem> {
    let silent =
        |(pairing, attempts): &(&Pairing, &Option<Attempts>)| pairing.set_aside.is_none() && attempts.is_none();
    let mut open = plan.iter().zip(attempts).filter(silent).map(|(pairing, _)| pairing.id.as_str());
    let first = open.next()?;
    let count = 1 + open.count();
    let message = format!("{count} planned without an answer, the first of them {first}; please report it");
    Some(Problem { what: OURS.to_owned(), r#where: "execute".to_owned(), message })
}

/// The exit code of a run: the first of 70, 2, 1, 3, 4 that applies, else 0.
///
/// `must_unverified` is how many applicable `must` requirements nothing verified.
pub fn exit_code(summary: &Summary, must_unverified: usize, problems: &[Problem], fail_on: FailOn) -> u8 {
    let findings = match fail_on {
        FailOn::Must => summary.fail.must > 0,
        FailOn::Should => summary.fail.must + summary.fail.should > 0,
        FailOn::Never => false,
    };
    let looked_at = summary.pass
        + summary.fail.must
        + summary.fail.should
        + summary.info
        + summary.known_difference
        + summary.stale_difference;
    if problems.iter().any(|problem| problem.what == OURS) {
        return BUG;
    }
    // A build that is missing is told by what it left unverified; every other problem kept the suite from telling.
    // What could not be watched can still be declared.
    let blind = problems.iter().any(|problem| !["build", "trace"].contains(&problem.what.as_str()));
    if findings {
        1
    } else if must_unverified > 0 || blind || looked_at == 0 {
        3
    } else if summary.stale_difference > 0 {
        4
    } else {
        0
    }
}

/// The exit code of a trace: 1 for what a user would suffer from, 3 if not all could be seen, else 0.
pub fn trace_exit_code(traces: &[Trace], problems: &[Problem]) -> u8 {
    let codes: Vec<u8> = traces.iter().map(one_trace).collect();
    if codes.contains(&1) {
        1
    } else if codes.iter().any(|code| *code != 0) || !problems.is_empty() || traces.is_empty() {
        3
    } else {
        0
    }
}

fn one_trace(trace: &Trace) -> u8 {
    let is_exception = |raised: &Raised| raised.mro.iter().any(|base| base == "Exception");
    if trace.seen.lost.is_some() || trace.end == "not started" {
        return 3;
    }
    for step in &trace.seen.steps {
        match &step.end {
            // What cannot be imported at all is no finding about capsules; an exercise that fails is one.
            StepEnd::Raised(raised) if step.label == "import" && is_exception(raised) => return 3,
            StepEnd::Returned(_) | StepEnd::Skipped(_) => {}
            StepEnd::Raised(_) | StepEnd::Interrupted => return 1,
        }
    }
    match trace.end.as_str() {
        "returned" if trace.unseen.is_none() => 0,
        "returned" => 3,
        _ => 1,
    }
}

/// The exit code of a part of a run: whether all is covered, and which deviations are stale, only the whole can tell.
pub fn shard_exit_code(summary: &Summary, planned: usize, problems: &[Problem], fail_on: FailOn) -> u8 {
    // One pass stands for the other parts, of which there are some if the plan has pairings at all.
    let summary = Summary { pass: u64::from(planned > 0), stale_difference: 0, ..*summary };
    exit_code(&summary, 0, problems, fail_on)
}
