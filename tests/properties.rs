//! Random sequences of capsule calls, compared with a small model of the API, in every participant.
//!
//! A divergence is made as short as possible and printed as a case. `PROPTEST_CASES=10000` draws that many sequences for
//! each participant, `PROPTEST_RNG_SEED=N` the same ones again.
#![allow(unreachable_pub, reason = "modules of one test")]

mod support;

#[path = "properties/calls.rs"]
mod calls;
#[path = "properties/model.rs"]
mod model;
#[path = "properties/pasted.rs"]
mod pasted;
#[path = "properties/stage.rs"]
mod stage;

use std::collections::BTreeSet;

use calls::Alphabet;
use capsule_conformance::model::Build;
use capsule_conformance::{catalogue, embedded};
use model::{Cast, End};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use stage::{Divergence, Players, Stage, fixture};

/// The build on the side that is not the point.
const PARTNER: Build = Build::CMultiPhase;

fn agrees(players: &Players) {
    let mut runner = TestRunner::new(Config::default());
    if let Some(found) = Stage::open(players).diverges(stage::wanted(), &mut runner) {
        panic!("{}\n\n{}", found.seen, pasted::case(&found.script, &support::suite()));
    }
}

fn producer_agrees(build: Build) {
    agrees(&Players { producer: Some(fixture("fast_math", build)), consumer: None });
}

fn consumer_agrees(build: Build) {
    let producer = Some(fixture("fast_math", PARTNER));
    agrees(&Players { producer, consumer: Some(fixture("renderer", build)) });
}

#[test]
fn the_api_does_what_the_model_says() {
    agrees(&Players::default());
}

#[test]
fn a_single_phase_producer_does_what_the_model_says() {
    producer_agrees(Build::CSinglePhase);
}

#[test]
fn a_multi_phase_producer_does_what_the_model_says() {
    producer_agrees(Build::CMultiPhase);
}

#[test]
fn a_limited_api_producer_does_what_the_model_says() {
    producer_agrees(Build::CAbi3);
}

#[test]
fn a_pyo3_producer_does_what_the_model_says() {
    producer_agrees(Build::RustPyo3);
}

#[test]
fn a_raw_rust_producer_does_what_the_model_says() {
    producer_agrees(Build::RustFfi);
}

#[test]
fn a_single_phase_consumer_does_what_the_model_says() {
    consumer_agrees(Build::CSinglePhase);
}

#[test]
fn a_multi_phase_consumer_does_what_the_model_says() {
    consumer_agrees(Build::CMultiPhase);
}

#[test]
fn a_limited_api_consumer_does_what_the_model_says() {
    consumer_agrees(Build::CAbi3);
}

#[test]
fn a_pyo3_consumer_does_what_the_model_says() {
    consumer_agrees(Build::RustPyo3);
}

#[test]
fn a_raw_rust_consumer_does_what_the_model_says() {
    consumer_agrees(Build::RustFfi);
}

// That it looks everywhere ------------------------------------------------------------------------------------------

/// The verbs that sequences of an alphabet perform, each with whether it fails.
fn reached(alphabet: Alphabet) -> BTreeSet<String> {
    let mut runner = TestRunner::deterministic();
    let cast = Cast { produced: alphabet != Alphabet::Raw, ..Cast::default() };
    let mut reached = BTreeSet::new();
    for _ in 0..256 {
        let calls = calls::sequences(alphabet).new_tree(&mut runner).expect("no sequence is rejected").current();
        let script = model::foretell(&calls, &cast, "");
        for line in &script.lines {
            let fails = if matches!(line.end, End::Raises { .. }) { " fails" } else { "" };
            reached.insert(format!("{}{fails}", line.step.verb));
            reached.extend(line.step.args.get("pending").map(|_| format!("{} pending", line.step.verb)));
            reached.extend(line.events.iter().map(|it| format!("{} {}", line.step.verb, it.event)));
        }
        reached.extend(script.late.iter().filter(|it| !it.events.is_empty()).map(|_| "late".to_owned()));
    }
    reached
}

#[test]
fn sequences_reach_every_call() {
    let raw = reached(Alphabet::Raw);
    for call in ["new", "set_pointer", "get_pointer", "get_name", "set_name", "get_context", "import_capsule"] {
        assert!(raw.contains(call) && raw.contains(&format!("{call} fails")), "{call} in {raw:?}");
    }
    for call in ["drop destroyed", "drop pending", "get_pointer pending", "is_valid", "check_exact", "late"] {
        assert!(raw.contains(call), "{call} in {raw:?}");
    }
    let taken = reached(Alphabet::Consumer);
    for call in ["take", "import_capsule", "consume", "move", "use", "release", "set_pointer"] {
        assert!(taken.contains(call) && taken.contains(&format!("{call} fails")), "{call} in {taken:?}");
    }
    for call in ["release freed", "drop freed", "rename freed", "set_pointer freed", "attribute destroyed", "late"] {
        assert!(taken.contains(call), "{call} in {taken:?}");
    }
}

// That it can fail ---------------------------------------------------------------------------------------------------

/// How many sequences a mistake may take to be found.
const PLENTY: usize = 2000;

/// Always by the same sequences: how short they get is a matter of luck in others, if rarely.
fn found(stage: &mut Stage) -> Divergence {
    stage.diverges(PLENTY, &mut TestRunner::deterministic()).expect("a mistake is found")
}

/// The case that is printed loads as it is.
fn is_a_case(found: &Divergence) -> String {
    let text = pasted::case(&found.script, &support::suite());
    let path = "suite/cases/names/pasted.toml";
    let files = embedded::FILES.iter().copied().chain([(path, text.as_bytes())]);
    let loaded = catalogue::load(files).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(loaded.cases.iter().any(|case| case.id == "names::pasted"), "{text}");
    text
}

#[test]
fn a_model_that_takes_null_for_empty_is_found_out() {
    let mut stage = Stage::open(&Players::default());
    stage.mistake_null_for_empty();
    let found = found(&mut stage);
    let text = is_a_case(&found);
    assert!(found.calls.len() <= 2, "{} calls: {text}", found.calls.len());
    assert!(text.contains("null = true"), "{text}");
}

#[test]
fn a_producer_that_frees_what_was_renamed_is_found_out() {
    let defect = Some(fixture("ignores_the_used_name", Build::CSinglePhase));
    let found = found(&mut Stage::open(&Players { producer: defect, consumer: None }));
    let text = is_a_case(&found);
    // Made, renamed; the drop comes by itself.
    assert_eq!(found.calls.len(), 2, "{text}");
    assert!(found.seen.contains("freed"), "{}\n{text}", found.seen);
}

#[test]
fn a_consumer_that_never_renames_is_found_out() {
    let producer = Some(fixture("fast_math", PARTNER));
    let consumer = Some(fixture("never_renames", Build::RustFfi));
    let found = found(&mut Stage::open(&Players { producer, consumer }));
    let text = is_a_case(&found);
    assert!(found.calls.len() <= 3, "{} calls: {text}", found.calls.len());
    assert!(text.contains("step = \"consume\""), "{text}");
}
