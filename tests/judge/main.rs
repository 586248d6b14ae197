//! Holds the judge to a table of right answers, and proves that the table would notice a judge that is wrong.
//!
//! A row is a small run: pairings as planned, what they left behind, the right verdicts and the right exit code. The real
//! judge has to be right on every row. Each mutant is the real judge with one thing done wrong, over the same rows, and
//! must be wrong on the row that its test names.

mod exit_codes;
mod rows;
mod runs;
#[path = "../support/mod.rs"]
mod support;

use capsule_conformance::conclude::{self, Applicable, FailOn};
use capsule_conformance::model::{Binds, CaseResult, Outcome, Raises, StepEnd, Verdict};
use serde_json::Value;

use rows::{ROWS, Row};
use runs::{Seen, each_observation, each_raises};

/// What a judge does wrong: to what it reads, and to what it says.
#[derive(Clone, Copy)]
struct Mutation {
    before: fn(&mut Seen),
    after: fn(&mut Vec<CaseResult>),
}

/// The real judge.
const NONE: Mutation = Mutation { before: |_| {}, after: |_| {} };

/// Every verdict with the participant that it speaks of, and the exit code.
fn answers(row: &Row, mutation: Mutation) -> (Vec<String>, u8) {
    let mut run = row.run.clone();
    run.iter_mut().for_each(mutation.before);
    let facts = support::pretended_facts();
    let applicable = Applicable::new(&row.known, &facts.interpreters);
    let concluded =
        run.iter().map(|it| conclude::result(&it.pairing, it.attempts.as_ref(), &applicable, String::new())).collect();
    let mut results = conclude::settle_stale(concluded);
    (mutation.after)(&mut results);
    let unverified = conclude::unverified_must(&results).len();
    let code = conclude::exit_code(&conclude::summary(&results), unverified, &[], FailOn::Must);
    let answer = |it: &CaseResult| {
        let bound = if it.binds == Binds::Producer { &it.producer } else { &it.consumer };
        format!("{} {}", bound.as_deref().unwrap_or("-"), it.verdict.word())
    };
    (results.iter().map(answer).collect(), code)
}

fn wrong_rows(mutation: Mutation) -> Vec<&'static str> {
    let wrong = |row: &&Row| {
        let (said, code) = answers(row, mutation);
        said != row.right.0 || code != row.right.1
    };
    ROWS.iter().filter(wrong).map(|row| row.name).collect()
}

#[track_caller]
fn assert_caught(mutation: Mutation, by: &str) {
    let wrong = wrong_rows(mutation);
    assert!(wrong.contains(&by), "`{by}` does not notice it; these rows do: {wrong:?}");
}

#[test]
fn the_judge_is_right_on_every_row() {
    for row in ROWS.iter() {
        let (said, code) = answers(row, NONE);
        assert_eq!((said, code), (row.right.0.iter().map(ToString::to_string).collect(), row.right.1), "{}", row.name);
    }
}

#[test]
fn a_judge_that_always_passes_is_caught() {
    let after = |results: &mut Vec<CaseResult>| results.iter_mut().for_each(|it| it.verdict = Verdict::Pass);
    assert_caught(Mutation { after, ..NONE }, "a wrong value is a finding");
}

#[test]
fn a_judge_that_ignores_the_end_of_the_process_is_caught() {
    let before = |seen: &mut Seen| {
        let end = seen.pairing.expectation.end.clone();
        each_observation(seen, |_, it| it.end.clone_from(&end));
    };
    let mutant = Mutation { before, ..NONE };
    assert_caught(mutant, "a crash is a finding although every step went well");
    assert_caught(mutant, "a silent exit is a finding although its status is 0");
}

#[test]
fn a_judge_that_ignores_events_is_caught() {
    let before = |seen: &mut Seen| seen.pairing.expectation.events.clear();
    assert_caught(Mutation { before, ..NONE }, "a destructor that runs twice is a finding");
}

#[test]
fn a_judge_that_is_content_with_one_event_is_caught() {
    let before = |seen: &mut Seen| each_observation(seen, |_, it| it.events.truncate(1));
    assert_caught(Mutation { before, ..NONE }, "a destructor that runs twice is a finding");
}

#[test]
fn a_judge_that_compares_only_types_is_caught() {
    let before = |seen: &mut Seen| {
        each_observation(seen, |wanted, it| {
            for expectation in &wanted.steps {
                let fact = it.steps.iter_mut().find(|fact| fact.label == expectation.step);
                if let (Outcome::Returns(wanted), Some(StepEnd::Returned(value))) =
                    (&expectation.outcome, fact.map(|fact| &mut fact.end))
                    && std::mem::discriminant(wanted) == std::mem::discriminant(value)
                {
                    value.clone_from(wanted);
                }
            }
        });
    };
    assert_caught(Mutation { before, ..NONE }, "a wrong value is a finding");
}

#[test]
fn a_judge_that_swaps_the_sides_is_caught() {
    let before = |seen: &mut Seen| std::mem::swap(&mut seen.pairing.producer, &mut seen.pairing.consumer);
    assert_caught(Mutation { before, ..NONE }, "a wrong value is a finding");
}

#[test]
fn a_judge_that_treats_an_error_as_a_pass_is_caught() {
    let after = |results: &mut Vec<CaseResult>| reword(results, Verdict::Error, Verdict::Pass);
    let mutant = Mutation { after, ..NONE };
    assert_caught(mutant, "a lost host tells nothing");
    assert_caught(mutant, "what has no answer is an error");
}

#[test]
fn a_judge_that_treats_unverified_as_a_pass_is_caught() {
    let after = |results: &mut Vec<CaseResult>| reword(results, Verdict::Unverified, Verdict::Pass);
    assert_caught(Mutation { after, ..NONE }, "a missing build is not a pass");
}

#[test]
fn a_judge_that_drops_the_last_result_is_caught() {
    let after = |results: &mut Vec<CaseResult>| drop(results.pop());
    assert_caught(Mutation { after, ..NONE }, "the last of several is looked at too");
}

#[test]
fn a_judge_that_ignores_the_deadline_is_caught() {
    let before = |seen: &mut Seen| {
        each_observation(seen, |wanted, it| {
            if it.end == "timeout" {
                it.end.clone_from(&wanted.end);
                for fact in it.steps.iter_mut().filter(|fact| fact.end == StepEnd::Interrupted) {
                    fact.end = StepEnd::Returned(Value::Null);
                }
            }
        });
    };
    assert_caught(Mutation { before, ..NONE }, "a hang is a finding even in a step that may do anything");
}

#[test]
fn a_judge_that_accepts_any_exception_is_caught() {
    let before = |seen: &mut Seen| {
        each_raises(seen, |raises| {
            *raises = Raises { classes: vec!["BaseException".to_owned()], ..Raises::default() };
        });
    };
    assert_caught(Mutation { before, ..NONE }, "another exception is a finding");
}

#[test]
fn a_judge_that_accepts_subclasses_is_caught() {
    let before = |seen: &mut Seen| each_raises(seen, |raises| raises.exact = false);
    assert_caught(Mutation { before, ..NONE }, "a subclass is not the class itself");
}

#[test]
fn a_judge_that_ignores_the_cause_is_caught() {
    let before = |seen: &mut Seen| each_raises(seen, |raises| raises.cause = None);
    assert_caught(Mutation { before, ..NONE }, "a lost cause is a finding");
}

#[test]
fn a_judge_that_forgives_skipped_steps_is_caught() {
    let before = |seen: &mut Seen| {
        let steps = &mut seen.pairing.script.steps;
        let skipped = |label: &str| {
            let facts = seen.attempts.iter().flat_map(|it| &it.first.steps);
            facts.clone().any(|fact| fact.label == label && matches!(fact.end, StepEnd::Skipped(_)))
        };
        steps.retain(|step| !skipped(&step.label));
    };
    assert_caught(Mutation { before, ..NONE }, "a step that was not performed is a finding");
}

#[test]
fn a_judge_that_believes_the_last_attempt_is_caught() {
    let before = |seen: &mut Seen| {
        if let Some(attempts) = &mut seen.attempts {
            attempts.fresh = attempts.fresh.split_off(attempts.fresh.len().saturating_sub(1));
        }
    };
    assert_caught(Mutation { before, ..NONE }, "an outcome that flips is a finding");
}

#[test]
fn a_judge_that_believes_the_fork_is_caught() {
    let before = |seen: &mut Seen| seen.attempts.iter_mut().for_each(|it| it.fresh.clear());
    assert_caught(Mutation { before, ..NONE }, "a finding that a fresh process does not show is none");
}

#[test]
fn a_judge_that_never_removes_a_record_is_caught() {
    let after = |results: &mut Vec<CaseResult>| reword(results, Verdict::StaleDifference, Verdict::Pass);
    assert_caught(Mutation { after, ..NONE }, "a deviation that no longer occurs is stale");
}

fn reword(results: &mut [CaseResult], from: Verdict, to: Verdict) {
    results.iter_mut().filter(|it| it.verdict == from).for_each(|it| it.verdict = to);
}
