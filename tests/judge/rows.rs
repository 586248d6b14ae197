//! The rows: a producer makes a capsule, a consumer takes its pointer, and a case says what must come of it.

use std::sync::LazyLock;

use capsule_conformance::model::{Difference, Level, Raised, SetAside, StepEnd};
use serde_json::json;

use crate::runs::{
    Seen, again, anything, aside, at, destroyed, ends, lost, other_build, raised, recorded, refusal, refuses, returns,
    without_a_fault,
};

/// A run with its right answers: one for each pairing, then the exit code.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) run: Vec<Seen>,
    pub(crate) known: Vec<Difference>,
    pub(crate) right: (&'static [&'static str], u8),
}

/// Made once: every mutant is tried on all of them.
pub(crate) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    [what_steps_do(), how_processes_end(), whole_runs(), deviations_on_record()].into_iter().flatten().collect()
});

fn row(name: &'static str, run: Vec<Seen>, right: (&'static [&'static str], u8)) -> Row {
    Row { name, run, known: Vec::new(), right }
}

/// What steps return and raise, and what the instrument counted.
fn what_steps_do() -> Vec<Row> {
    vec![
        row("what is as asked passes", vec![refuses(refusal())], (&["renderer@c_abi3 pass"], 0)),
        row("a wrong value is a finding", vec![returns(StepEnd::Returned(json!(8)))], (&["renderer@c_abi3 fail"], 1)),
        row(
            "a wrong type of value is a finding",
            vec![returns(StepEnd::Returned(json!("7")))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row("a number is equal by value", vec![returns(StepEnd::Returned(json!(7.0)))], (&["renderer@c_abi3 pass"], 0)),
        row(
            "taking what had to be refused is a finding",
            vec![refuses(StepEnd::Returned(json!(1)))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row("another exception is a finding", vec![refuses(raised("KeyError", None))], (&["renderer@c_abi3 fail"], 1)),
        row(
            "a subclass is not the class itself",
            vec![refuses(StepEnd::Raised(Raised {
                r#type: "Narrower".to_owned(),
                mro: vec!["Narrower".to_owned(), "TypeError".to_owned()],
                cause: Some(Box::new(Raised { r#type: "ValueError".to_owned(), ..Raised::default() })),
                ..Raised::default()
            }))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row("a lost cause is a finding", vec![refuses(raised("TypeError", None))], (&["renderer@c_abi3 fail"], 1)),
        row(
            "a step that was not performed is a finding",
            vec![refuses(StepEnd::Skipped("capsule is missing".to_owned()))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row("a destructor that runs twice is a finding", vec![destroyed(2)], (&["fast_math@c_single_phase fail"], 1)),
        row("a destructor that never runs is a finding", vec![destroyed(0)], (&["fast_math@c_single_phase fail"], 1)),
        row("a destructor that runs once passes", vec![destroyed(1)], (&["fast_math@c_single_phase pass"], 0)),
    ]
}

/// How processes end.
fn how_processes_end() -> Vec<Row> {
    vec![
        row(
            "a crash is a finding although every step went well",
            vec![ends("signal SIGSEGV", refuses(refusal()))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row(
            "a silent exit is a finding although its status is 0",
            vec![ends("silent exit 0", refuses(refusal()))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row(
            "a hang is a finding even in a step that may do anything",
            vec![ends("timeout", anything(StepEnd::Interrupted))],
            (&["renderer@c_abi3 fail"], 1),
        ),
        row(
            "a lost host tells nothing",
            vec![refuses(refusal()), lost("its pipe closed", refuses(refusal()))],
            (&["renderer@c_abi3 pass", "renderer@c_abi3 error"], 3),
        ),
        row(
            "a fault that never took effect tells nothing",
            vec![without_a_fault(refuses(StepEnd::Returned(json!(1))))],
            (&["renderer@c_abi3 error"], 3),
        ),
        row(
            "a kill from outside tells nothing",
            vec![ends("signal SIGKILL", refuses(refusal()))],
            (&["renderer@c_abi3 error"], 3),
        ),
    ]
}

/// Several pairings, levels, repetitions, and what could not run.
fn whole_runs() -> Vec<Row> {
    vec![
        row(
            "what has no answer is an error",
            vec![Seen { attempts: None, ..refuses(refusal()) }],
            (&["renderer@c_abi3 error"], 3),
        ),
        row(
            "a missing build is not a pass",
            vec![aside(SetAside::Unverified("no cargo".to_owned()))],
            (&["renderer@c_abi3 unverified"], 3),
        ),
        row(
            "a missing build is replaced by another",
            vec![refuses(refusal()), other_build(aside(SetAside::Unverified("no cargo".to_owned())))],
            (&["renderer@c_abi3 pass", "renderer@c_multi_phase unverified"], 0),
        ),
        row(
            "a run in which nothing applies verified nothing",
            vec![aside(SetAside::NotApplicable("no such verb".to_owned()))],
            (&["renderer@c_abi3 not applicable"], 3),
        ),
        row(
            "the last of several is looked at too",
            vec![refuses(refusal()), refuses(StepEnd::Returned(json!(1)))],
            (&["renderer@c_abi3 pass", "renderer@c_abi3 fail"], 1),
        ),
        row(
            "a finding of level info is no failure",
            vec![at(Level::Info, refuses(raised("KeyError", None)))],
            (&["renderer@c_abi3 info"], 0),
        ),
        row(
            "a broken should is a failure that does not count",
            vec![at(Level::Should, destroyed(2))],
            (&["fast_math@c_single_phase fail"], 0),
        ),
        row(
            "a finding that a fresh process does not show is none",
            vec![again(&[refusal(), refusal(), refusal()], refuses(raised("KeyError", None)))],
            (&["renderer@c_abi3 pass"], 0),
        ),
        row(
            "an outcome that flips is a finding",
            vec![again(&[refusal(), raised("KeyError", None), refusal()], refuses(raised("KeyError", None)))],
            (&["renderer@c_abi3 fail"], 1),
        ),
    ]
}

/// Recorded deviations.
fn deviations_on_record() -> Vec<Row> {
    vec![
        Row {
            name: "a deviation on record is no finding",
            run: vec![refuses(raised("KeyError", None))],
            known: vec![recorded("KeyError")],
            right: (&["renderer@c_abi3 known difference"], 0),
        },
        Row {
            name: "a deviation other than the one on record is a finding",
            run: vec![refuses(raised("KeyError", None))],
            known: vec![recorded("AttributeError")],
            right: (&["renderer@c_abi3 fail"], 1),
        },
        Row {
            name: "a deviation that no longer occurs is stale",
            run: vec![refuses(refusal())],
            known: vec![recorded("KeyError")],
            right: (&["renderer@c_abi3 stale difference"], 4),
        },
        Row {
            name: "a deviation that occurs somewhere is not stale",
            run: vec![refuses(refusal()), refuses(raised("KeyError", None))],
            known: vec![recorded("KeyError")],
            right: (&["renderer@c_abi3 pass", "renderer@c_abi3 known difference"], 0),
        },
        Row {
            name: "of several deviations on record the one that fits counts",
            run: vec![refuses(raised("KeyError", None)), refuses(raised("ValueError", None))],
            known: vec![recorded("ValueError"), recorded("KeyError")],
            right: (&["renderer@c_abi3 known difference", "renderer@c_abi3 known difference"], 0),
        },
        Row {
            name: "each deviation on record is stale by itself",
            run: vec![refuses(refusal()), refuses(raised("KeyError", None))],
            known: vec![recorded("KeyError"), recorded("AttributeError")],
            right: (&["renderer@c_abi3 stale difference", "renderer@c_abi3 known difference"], 4),
        },
    ]
}
