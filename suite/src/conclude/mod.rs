//! Decides what a run says as a whole: verdicts with recorded deviations, coverage, the exit code; pure.

mod addresses;
mod deviations;
mod exit;
mod timeline;

use std::collections::BTreeMap;

use crate::judge;
use crate::model::{
    Binds, CaseResult, Difference, Judgement, Level, Mismatch, Observation, Pairing, Participant, Phase, Raised,
    SetAside, StepEnd, Summary, UnverifiedMust, Verdict,
};

pub use self::addresses::without_addresses;
use self::deviations::stale;
pub use self::deviations::{Applicable, Concluded, Spoken, leave_stale_open, settle_parts, settle_stale};
pub use self::exit::{FailOn, exit_code, shard_exit_code, trace_exit_code, unanswered};

/// What was seen of one pairing.
#[derive(Debug, Clone)]
pub struct Attempts {
    /// The first run.
    pub first: Observation,
    /// The repetitions in a fresh process, where the first run was a finding made in a fork.
    pub fresh: Vec<Observation>,
}

/// The judgement of one pairing over all its attempts.
pub fn judge_attempts(pairing: &Pairing, attempts: &Attempts) -> (Judgement, Observation) {
    let labels: Vec<&str> = pairing.script.steps.iter().map(|step| step.label.as_str()).collect();
    let judged = |seen: &Observation| judge::judge(&pairing.expectation, &labels, seen);
    let Some(last) = attempts.fresh.last() else {
        return (judged(&attempts.first), attempts.first.clone());
    };
    // A finding made in a fork counts only as what a fresh process shows.
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut broken = None;
    for seen in &attempts.fresh {
        let judgement = judged(seen);
        let text = match &judgement {
            Judgement::Met => "as expected".to_owned(),
            Judgement::Broken(mismatches) => without_addresses(&mismatches[0].observed),
            Judgement::Unclear(_) | Judgement::Moot(_) => return (judgement, seen.clone()),
        };
        *outcomes.entry(text).or_default() += 1;
        if matches!(judgement, Judgement::Broken(_)) {
            broken.get_or_insert((judgement, seen.clone()));
        }
    }
    match broken {
        None => (Judgement::Met, last.clone()),
        Some(found) if outcomes.len() == 1 => found,
        Some((Judgement::Broken(mut mismatches), seen)) => {
            let counts: Vec<String> = outcomes.iter().map(|(text, count)| format!("{count} × {text}")).collect();
            mismatches[0].observed = format!("differs from run to run: {}", counts.join("; "));
            (Judgement::Broken(mismatches), seen)
        }
        Some(found) => found,
    }
}

/// True if the first run is a finding that has to be confirmed in a fresh process.
pub fn needs_confirmation(pairing: &Pairing, seen: &Observation) -> bool {
    let labels: Vec<&str> = pairing.script.steps.iter().map(|step| step.label.as_str()).collect();
    !pairing.script.fresh && matches!(judge::judge(&pairing.expectation, &labels, seen), Judgement::Broken(_))
}

/// Turns one pairing into a result. `rerun` is the command that repeats it.
pub fn result(pairing: &Pairing, attempts: Option<&Attempts>, differences: &Applicable, rerun: String) -> Concluded {
    let mut result = CaseResult {
        id: pairing.id.clone(),
        case: pairing.case.clone(),
        row: pairing.row.clone(),
        phase: None,
        binds: pairing.binds,
        level: pairing.level,
        verdict: Verdict::Pass,
        interpreter: pairing.interpreter_id.clone(),
        producer: pairing.producer.as_ref().map(Participant::id),
        consumer: pairing.consumer.as_ref().map(Participant::id),
        by: pairing.by.clone(),
        subject: pairing.subject.clone(),
        source: None,
        expected: None,
        observed: None,
        end: "not started".to_owned(),
        recorded: Vec::new(),
        message: String::new(),
        why: None,
        output: None,
        timeline: Vec::new(),
        duration_us: 0,
        rerun,
    };
    match (&pairing.set_aside, attempts) {
        (Some(SetAside::NotApplicable(reason)), _) => {
            result.verdict = Verdict::NotApplicable;
            result.message.clone_from(reason);
        }
        (Some(SetAside::Unverified(reason)), _) => {
            result.verdict = Verdict::Unverified;
            result.message.clone_from(reason);
        }
        (None, None) => {
            result.verdict = Verdict::Error;
            "it was planned and has no answer; this is a bug of the suite".clone_into(&mut result.message);
        }
        (None, Some(attempts)) => {
            let spoken = fill(&mut result, pairing, attempts, &differences.of(pairing));
            return (result, spoken);
        }
    }
    (result, Spoken::default())
}

fn fill(
    result: &mut CaseResult,
    pairing: &Pairing,
    attempts: &Attempts,
    differences: &[(usize, &Difference)],
) -> Spoken {
    let mut spoken = Spoken::default();
    let (judgement, seen) = judge_attempts(pairing, attempts);
    result.end.clone_from(&seen.end);
    result.duration_us = attempts.first.duration_us;
    let broken_at = match &judgement {
        Judgement::Broken(mismatches) => mismatches[0].step.clone(),
        _ => None,
    };
    result.phase = phase(pairing, &seen, broken_at.as_deref());
    let in_fork = seen_in_fork(pairing, attempts);
    match judgement {
        Judgement::Met => {
            result.message = in_fork.map(|seen| format!("{UNCONFIRMED}: {seen}")).unwrap_or_default();
            let gone = |(index, it): &(usize, &Difference)| {
                let message = format!("recorded as: {}; remove the record", it.reason);
                (*index, Box::new(stale(result, it.seen.clone(), message)))
            };
            spoken.gone = differences.iter().map(gone).collect();
        }
        Judgement::Moot(reason) => {
            result.verdict = Verdict::NotApplicable;
            result.message = reason;
        }
        Judgement::Unclear(reason) => {
            result.verdict = Verdict::Error;
            result.message = reason;
            result.timeline = timeline::of(&seen);
            result.output = Some(seen.output);
        }
        Judgement::Broken(mismatches) => {
            let Mismatch { expected, observed, .. } = mismatches[0].clone();
            let known = differences.iter().find(|(_, it)| observed.starts_with(&it.seen));
            spoken.met = known.map(|(index, _)| *index);
            let known = known.map(|(_, difference)| *difference);
            result.verdict = match known {
                Some(_) => Verdict::KnownDifference,
                None if is_raising_import(pairing, &seen) => Verdict::Error,
                None if pairing.level == Level::Info => Verdict::Info,
                None => Verdict::Fail,
            };
            result.message = match known {
                Some(difference) => {
                    let link = difference.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
                    format!("{}{link}", difference.reason)
                }
                None => other_findings(
                    &mismatches,
                    &seen,
                    in_fork.filter(|it| without_addresses(it) != without_addresses(&observed)),
                ),
            };
            result.why = (result.verdict == Verdict::Fail).then(|| pairing.why.clone());
            result.expected = Some(expected);
            result.observed = Some(observed);
            result.timeline = timeline::of(&seen);
            result.output = Some(seen.output);
        }
    }
    spoken
}

/// How the message of a pass begins whose first run was a finding.
pub const UNCONFIRMED: &str = "seen in a fork, and in no fresh process";

/// What the first run showed, where it was a finding made in a fork and then repeated.
fn seen_in_fork(pairing: &Pairing, attempts: &Attempts) -> Option<String> {
    let labels: Vec<&str> = pairing.script.steps.iter().map(|step| step.label.as_str()).collect();
    if attempts.fresh.is_empty() {
        return None;
    }
    match judge::judge(&pairing.expectation, &labels, &attempts.first) {
        Judgement::Broken(mismatches) => Some(mismatches[0].observed.clone()),
        _ => None,
    }
}

/// A target that cannot be imported at all tells nothing about its capsules: that is not a finding but no answer.
///
/// Only the first step counts, since what follows a fault may fail because of it, and only an ordinary exception:
/// whatever else ends an import would end a user's program.
fn is_raising_import(pairing: &Pairing, seen: &Observation) -> bool {
    let only_target = pairing.producer.is_none() && matches!(pairing.consumer, Some(Participant::Target { .. }));
    let ordinary = |raised: &Raised| raised.mro.iter().any(|class| class == "Exception");
    only_target
        && seen.end == "returned"
        && pairing.script.steps.first().filter(|step| step.verb == "import").is_some_and(|step| {
            let fact = seen.steps.iter().find(|fact| fact.label == step.label);
            matches!(fact.map(|it| &it.end), Some(StepEnd::Raised(raised)) if ordinary(raised))
        })
}

fn other_findings(mismatches: &[Mismatch], seen: &Observation, in_fork: Option<String>) -> String {
    let mut lines: Vec<String> =
        mismatches[1..].iter().map(|it| format!("also: expected {}, seen {}", it.expected, it.observed)).collect();
    if let Some(raised) = seen.steps.iter().rev().find_map(|fact| match &fact.end {
        StepEnd::Raised(raised) => Some(raised),
        _ => None,
    }) {
        lines.insert(0, format!("{}: {}", raised.r#type, raised.message));
    }
    lines.extend(in_fork.map(|it| format!("in a fork: {it}")));
    lines.join("\n")
}

/// Where it ended: the step that broke, the interpreter's shutdown, or the last step.
fn phase(pairing: &Pairing, seen: &Observation, broken_at: Option<&str>) -> Option<Phase> {
    let at_exit = seen.events.iter().any(|event| event.kind == "shutting_down");
    if at_exit && broken_at.is_none() {
        return Some(Phase::Exit);
    }
    let label = broken_at.or_else(|| judge::last_step(seen));
    let step = pairing.script.steps.iter().find(|step| Some(step.label.as_str()) == label);
    step.or(pairing.script.steps.first()).map(|step| step.phase)
}

/// Counts results by verdict.
pub fn summary(results: &[CaseResult]) -> Summary {
    let mut summary = Summary::default();
    for result in results {
        match result.verdict {
            Verdict::Pass => summary.pass += 1,
            Verdict::Fail if result.level == Level::Must => summary.fail.must += 1,
            Verdict::Fail => summary.fail.should += 1,
            Verdict::Info => summary.info += 1,
            Verdict::KnownDifference => summary.known_difference += 1,
            Verdict::StaleDifference => summary.stale_difference += 1,
            Verdict::NotApplicable => summary.not_applicable += 1,
            Verdict::Unverified => summary.unverified += 1,
            Verdict::Error => summary.error += 1,
        }
    }
    summary
}

/// The `must` requirements that apply and that nothing verified: one for each case, subject and interpreter.
pub fn unverified_must(results: &[CaseResult]) -> Vec<UnverifiedMust> {
    let mut open: BTreeMap<(&str, &str, &str), Option<&CaseResult>> = BTreeMap::new();
    for result in results.iter().filter(|it| it.level == Level::Must && it.verdict != Verdict::NotApplicable) {
        let entry = open.entry((&result.case, &result.subject, &result.interpreter)).or_insert(Some(result));
        if result.verdict.verifies() {
            *entry = None;
        }
    }
    open.into_iter()
        .filter_map(|((case, subject, interpreter), result)| {
            result.map(|result| UnverifiedMust {
                case: case.to_owned(),
                subject: subject.to_owned(),
                interpreter: interpreter.to_owned(),
                reason: result.message.clone(),
            })
        })
        .collect()
}

/// True for the side that a result is about when its case binds a side.
pub fn is_about(result: &CaseResult, participant: &str) -> bool {
    match result.binds {
        Binds::Producer => result.producer.as_deref() == Some(participant),
        Binds::Consumer => result.consumer.as_deref() == Some(participant),
        Binds::Runtime => false,
    }
}
