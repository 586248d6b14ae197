//! Decides what a run says as a whole: verdicts with recorded deviations, coverage, the exit code; pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge;
use crate::model::{
    Binds, CaseResult, Difference, Interpreter, Judgement, Level, Mismatch, Observation, Pairing, Participant, Phase,
    Problem, Raised, Recorded, SetAside, StepEnd, Summary, Trace, UnverifiedMust, Verdict,
};
use crate::requirement;

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
            Judgement::Broken(mismatches) => mismatches[0].observed.clone(),
            Judgement::Unclear(reason) => {
                return (Judgement::Unclear(reason.clone()), seen.clone());
            }
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

/// A result, and what the recorded deviations that speak of it make of it.
pub type Concluded = (CaseResult, Spoken);

/// What the recorded deviations that speak of a pairing make of its result.
#[derive(Debug, Clone, Default)]
pub struct Spoken {
    /// The index of the one that it ended as.
    met: Option<usize>,
    /// Of a pass: every one of them, for none occurred, with the result that says so.
    gone: Vec<(usize, Box<CaseResult>)>,
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
        expected: None,
        observed: None,
        end: "not started".to_owned(),
        recorded: Vec::new(),
        message: String::new(),
        why: None,
        output: None,
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
        Judgement::Unclear(reason) => {
            result.verdict = Verdict::Error;
            result.message = reason;
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
                None => other_findings(&mismatches, &seen, in_fork.filter(|it| *it != observed)),
            };
            result.why = (result.verdict == Verdict::Fail).then(|| pairing.why.clone());
            result.expected = Some(expected);
            result.observed = Some(observed);
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

/// What a pass is if nothing that `difference` speaks of went as recorded.
fn stale(pass: &CaseResult, seen: String, message: String) -> CaseResult {
    CaseResult {
        verdict: Verdict::StaleDifference,
        expected: Some(seen),
        observed: Some("as the case asks".to_owned()),
        message,
        ..pass.clone()
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

/// The recorded deviations of one run.
#[derive(Debug, Clone, Default)]
pub struct Applicable<'a> {
    differences: Vec<&'a Difference>,
    interpreters: BTreeMap<&'a str, &'a Interpreter>,
}

impl<'a> Applicable<'a> {
    /// Those of the suite and of the manifest, over the run's interpreters.
    pub fn new(
        differences: impl IntoIterator<Item = &'a Difference>,
        interpreters: impl IntoIterator<Item = &'a Interpreter>,
    ) -> Self {
        Applicable {
            differences: differences.into_iter().collect(),
            interpreters: interpreters.into_iter().map(|it| (it.id.as_str(), it)).collect(),
        }
    }

    /// Those that speak of this pairing, each with its index.
    fn of(&self, pairing: &Pairing) -> Vec<(usize, &'a Difference)> {
        let Some(interpreter) = self.interpreters.get(pairing.interpreter_id.as_str()) else {
            return Vec::new();
        };
        let speaks = |it: &Difference| {
            let side = |wanted: &Option<String>, have: &Option<Participant>| {
                wanted.as_ref().is_none_or(|wanted| {
                    have.as_ref().is_some_and(|have| have.id() == *wanted || have.module() == wanted)
                })
            };
            it.case == pairing.case
                && (it.rows.is_empty() || pairing.row.as_ref().is_some_and(|row| it.rows.contains(row)))
                && it.subject.as_ref().is_none_or(|subject| *subject == pairing.subject)
                && it.interpreter.as_ref().is_none_or(|wanted| requirement::meets(wanted, interpreter))
                && side(&it.producer, &pairing.producer)
                && side(&it.consumer, &pairing.consumer)
        };
        self.differences.iter().copied().enumerate().filter(|(_, it)| speaks(it)).collect()
    }
}

/// A recorded deviation is stale only if nothing that it speaks of went as recorded; the passes of the others stay passes.
pub fn settle_stale(concluded: Vec<Concluded>) -> Vec<CaseResult> {
    let alive: BTreeSet<usize> = concluded.iter().filter_map(|(_, spoken)| spoken.met).collect();
    let settled = |(result, spoken): Concluded| {
        let gone = spoken.gone.into_iter().find(|(index, _)| !alive.contains(index));
        gone.map_or(result, |(_, stale)| *stale)
    };
    concluded.into_iter().map(settled).collect()
}

/// The results of a part, each with what only the whole can settle.
pub fn leave_stale_open(concluded: Vec<Concluded>) -> Vec<CaseResult> {
    let kept = |(index, stale): (usize, Box<CaseResult>)| Recorded {
        index,
        seen: stale.expected.unwrap_or_default(),
        message: stale.message,
    };
    let open = |(mut result, spoken): Concluded| {
        let met = spoken.met.map(|index| Recorded { index, seen: String::new(), message: String::new() });
        result.recorded = met.into_iter().chain(spoken.gone.into_iter().map(kept)).collect();
        result
    };
    concluded.into_iter().map(open).collect()
}

/// Settles what the parts of a run left open.
pub fn settle_parts(results: Vec<CaseResult>) -> Vec<CaseResult> {
    let again = |mut result: CaseResult| {
        let recorded = std::mem::take(&mut result.recorded);
        let mut spoken = Spoken::default();
        for Recorded { index, seen, message } in recorded {
            if result.verdict == Verdict::KnownDifference {
                spoken.met = Some(index);
            } else {
                spoken.gone.push((index, Box::new(stale(&result, seen, message))));
            }
        }
        (result, spoken)
    };
    settle_stale(results.into_iter().map(again).collect())
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

/// True for the side that a result is about when its case binds a side.
pub fn is_about(result: &CaseResult, participant: &str) -> bool {
    match result.binds {
        Binds::Producer => result.producer.as_deref() == Some(participant),
        Binds::Consumer => result.consumer.as_deref() == Some(participant),
        Binds::Runtime => false,
    }
}
