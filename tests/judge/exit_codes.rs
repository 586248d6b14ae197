//! The exit code of whole runs, and what is repeated before it is decided.

use capsule_conformance::conclude::{self, Applicable, FailOn};
use capsule_conformance::model::{CaseResult, Level, Problem, Raised, SetAside, StepEnd, Verdict};

use crate::runs::{Seen, again, aside, at, lost, raised, refusal, refuses};

/// A run whose results have these levels and verdicts, each of a case of its own.
fn results(verdicts: &[(Level, Verdict)]) -> Vec<CaseResult> {
    let result = |(index, (level, verdict)): (usize, &(Level, Verdict))| {
        let facts = Applicable::default();
        let seen = at(*level, refuses(refusal()));
        let (result, _) = conclude::result(&seen.pairing, seen.attempts.as_ref(), &facts, String::new());
        CaseResult { case: format!("family::case_{index}"), verdict: *verdict, ..result }
    };
    verdicts.iter().enumerate().map(result).collect()
}

/// Levels and verdicts of a run, its problems, and the code for `--fail-on` must, should and never.
type Line = (&'static [(Level, Verdict)], &'static [&'static str], [u8; 3]);

#[test]
fn the_exit_code_is_the_first_that_applies() {
    use Level::{Info, Must, Should};
    use Verdict::{Error, Fail, KnownDifference, NotApplicable, Pass, StaleDifference, Unverified};
    let table: &[Line] = &[
        (&[], &[], [3, 3, 3]),
        (&[(Must, Pass)], &[], [0, 0, 0]),
        (&[(Must, Pass), (Must, Fail)], &[], [1, 1, 0]),
        (&[(Must, Pass), (Should, Fail)], &[], [0, 1, 0]),
        (&[(Must, Pass), (Info, Verdict::Info)], &[], [0, 0, 0]),
        (&[(Info, Verdict::Info)], &[], [0, 0, 0]),
        (&[(Must, Pass), (Must, KnownDifference)], &[], [0, 0, 0]),
        (&[(Must, KnownDifference)], &[], [0, 0, 0]),
        (&[(Must, Pass), (Must, StaleDifference)], &[], [4, 4, 4]),
        (&[(Must, Pass), (Must, Unverified)], &[], [3, 3, 3]),
        (&[(Must, Pass), (Must, Error)], &[], [3, 3, 3]),
        (&[(Must, Pass), (Should, Unverified)], &[], [0, 0, 0]),
        (&[(Must, Pass), (Must, NotApplicable)], &[], [0, 0, 0]),
        (&[(Must, NotApplicable)], &[], [3, 3, 3]),
        (&[(Should, Unverified)], &[], [3, 3, 3]),
        (&[(Must, Pass)], &["target"], [3, 3, 3]),
        (&[(Must, Pass)], &["host"], [3, 3, 3]),
        (&[(Must, Pass)], &["interpreter"], [3, 3, 3]),
        (&[(Must, Pass)], &["suite"], [70, 70, 70]),
        (&[(Must, Fail)], &["suite"], [70, 70, 70]),
        // A build that failed is told by what it left unverified.
        (&[(Must, Pass)], &["build"], [0, 0, 0]),
        (&[(Must, Pass), (Must, Unverified)], &["build"], [3, 3, 3]),
        // Several at once: findings, then what could not be told, then what is stale.
        (&[(Must, Pass), (Must, Fail), (Must, Error), (Must, StaleDifference)], &["host"], [1, 1, 3]),
        (&[(Must, Pass), (Should, Fail), (Must, StaleDifference)], &[], [4, 1, 4]),
        (&[(Must, Pass), (Must, Unverified), (Must, StaleDifference)], &[], [3, 3, 3]),
        (&[(Must, Fail)], &[], [1, 1, 0]),
    ];
    for (verdicts, problems, codes) in table {
        let results = results(verdicts);
        let problems: Vec<Problem> = problems
            .iter()
            .map(|what| Problem { what: what.to_string(), r#where: String::new(), message: String::new() })
            .collect();
        let unverified = conclude::unverified_must(&results).len();
        let code = |fail_on| conclude::exit_code(&conclude::summary(&results), unverified, &problems, fail_on);
        let said = [FailOn::Must, FailOn::Should, FailOn::Never].map(code);
        assert_eq!(said, *codes, "{verdicts:?} with {problems:?}");
    }
}

#[test]
fn a_must_is_verified_once_for_each_subject_and_interpreter() {
    let of = |subject: &str, interpreter: &str, verdict| CaseResult {
        case: "family::case".to_owned(),
        subject: subject.to_owned(),
        interpreter: interpreter.to_owned(),
        message: "no cargo".to_owned(),
        ..results(&[(Level::Must, verdict)]).remove(0)
    };
    let open = conclude::unverified_must(&[
        of("renderer", "3.11", Verdict::Pass),
        of("renderer", "3.11", Verdict::Unverified),
        of("renderer", "3.12", Verdict::Unverified),
        of("fast_math", "3.11", Verdict::Error),
        of("fast_math", "3.12", Verdict::NotApplicable),
    ]);
    let open: Vec<(&str, &str)> = open.iter().map(|it| (it.subject.as_str(), it.interpreter.as_str())).collect();
    assert_eq!(open, [("fast_math", "3.11"), ("renderer", "3.12")]);
}

#[test]
fn only_a_finding_made_in_a_fork_is_repeated() {
    let first = |seen: &Seen| seen.attempts.clone().expect("it was run").first;
    let finding = refuses(raised("KeyError", None));
    assert!(conclude::needs_confirmation(&finding.pairing, &first(&finding)));
    let passed = refuses(refusal());
    assert!(!conclude::needs_confirmation(&passed.pairing, &first(&passed)));
    let unclear = lost("its pipe closed", refuses(raised("KeyError", None)));
    assert!(!conclude::needs_confirmation(&unclear.pairing, &first(&unclear)));
    let mut fresh = refuses(raised("KeyError", None));
    fresh.pairing.script.fresh = true;
    assert!(!conclude::needs_confirmation(&fresh.pairing, &first(&fresh)));
}

#[test]
fn an_outcome_that_flips_is_told_with_its_counts() {
    let seen = again(&[refusal(), raised("KeyError", None), refusal()], refuses(raised("KeyError", None)));
    let (result, _) = conclude::result(&seen.pairing, seen.attempts.as_ref(), &Applicable::default(), String::new());
    let told = result.observed.expect("a finding says what was seen");
    assert_eq!(told, "differs from run to run: 1 × KeyError; 2 × as expected");
}

#[test]
fn an_address_in_a_message_is_no_other_outcome() {
    let about = |address: &str| match raised("KeyError", None) {
        StepEnd::Raised(error) => StepEnd::Raised(Raised { message: format!("<x at {address}>"), ..error }),
        other => other,
    };
    let seen = again(&[about("0x7f0000000001"), about("0x7f0000000002")], refuses(about("0x7f0000000003")));
    let (result, _) = conclude::result(&seen.pairing, seen.attempts.as_ref(), &Applicable::default(), String::new());
    let told = result.observed.expect("a finding says what was seen");
    assert!(told.starts_with("KeyError: <x at 0x"), "{told}");
    assert!(!result.message.contains("in a fork"), "{}", result.message);
}

#[test]
fn a_finding_that_only_the_fork_showed_is_told() {
    let concluded = |again_ends: &[_]| {
        let seen = again(again_ends, refuses(raised("KeyError", None)));
        conclude::result(&seen.pairing, seen.attempts.as_ref(), &Applicable::default(), String::new()).0
    };
    let passed = concluded(&[refusal(), refusal(), refusal()]);
    assert_eq!(passed.verdict, Verdict::Pass);
    assert!(passed.message.starts_with("seen in a fork, and in no fresh process: KeyError"), "{}", passed.message);
    let other = concluded(&[raised("OSError", None), raised("OSError", None), raised("OSError", None)]);
    assert_eq!(other.verdict, Verdict::Fail);
    assert!(other.message.contains("in a fork: KeyError"), "{}", other.message);
    let same = concluded(&[raised("KeyError", None), raised("KeyError", None), raised("KeyError", None)]);
    assert!(!same.message.contains("in a fork"), "{}", same.message);
}

#[test]
fn what_has_no_answer_is_a_bug_of_ours() {
    let problem = |runs: Vec<Seen>| {
        let (plan, attempts): (Vec<_>, Vec<_>) = runs.into_iter().map(|it| (it.pairing, it.attempts)).unzip();
        conclude::unanswered(&plan, &attempts)
    };
    let set_aside = aside(SetAside::NotApplicable("no such verb".to_owned()));
    assert_eq!(problem(vec![refuses(refusal()), set_aside]), None);
    let unanswered = problem(vec![Seen { attempts: None, ..refuses(refusal()) }]).expect("a problem");
    assert!(unanswered.what == "suite" && unanswered.message.contains("family::refuses"), "{unanswered:?}");
}
