//! Builds small runs: pairings as planned and what they left behind.

use std::sync::LazyLock;

use capsule_conformance::conclude::Attempts;
use capsule_conformance::model::{
    Catalogue, Difference, Event, Expectation, Level, Observation, Outcome, Pairing, Raised, Raises, SetAside, StepEnd,
    StepFact,
};
use capsule_conformance::plan::{self, Selection};
use capsule_conformance::{catalogue, embedded};
use serde_json::{Map, Value, json};

use crate::support;

/// A planned pairing and what was seen of it.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) pairing: Pairing,
    pub(crate) attempts: Option<Attempts>,
}

/// A suite of its own, so that the rows say what a case asks for in a case's words.
const SUITE: &[(&str, &str)] = &[
    ("c_fixtures/fast_math.c", "//! role = \"producer\"\n//! summary = \"…\"\n"),
    ("c_fixtures/renderer.c", "//! role = \"consumer\"\n//! summary = \"…\"\n"),
    (
        "c_fixtures/defects/gives_a_lie.c",
        "//! role = \"producer\"\n//! summary = \"…\"\n//! breaks = [\"family::destroys\"]\n",
    ),
    (
        "c_fixtures/defects/takes_a_lie.c",
        "//! role = \"consumer\"\n//! summary = \"…\"\n\
         //! breaks = [\"family::refuses\", \"family::returns\", \"family::may_do_anything\"]\n",
    ),
];

/// A case of two steps, the making and the taking, and its `then`.
fn case(binds: &str, then: &str) -> String {
    let defect = if binds == "producer" { "gives_a_lie" } else { "takes_a_lie" };
    format!(
        r#"
        summary = "…"
        level   = "must"
        binds   = "{binds}"
        spec    = "https://example.org"
        why     = "users get a lie"
        given   = {{ producers = "*", consumers = "*" }}
        when    = [
            {{ step = "make", by = "producer", kind = "handle", name = "a.b" }},
            {{ step = "take", by = "consumer", capsule = "{{make}}", name = "a.b" }},
        ]
        then    = [{then}]
        catches = [{{ {binds} = "{defect}", seen = "…" }}]
        "#
    )
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let cases = [
        ("refuses", case("consumer", r#"{ step = "take", raises = "TypeError", cause = "ValueError" }"#)),
        ("returns", case("consumer", r#"{ step = "take", returns = 7 }"#)),
        ("may_do_anything", case("consumer", r#"{ step = "take", anything = true }"#)),
        (
            "destroys",
            case("producer", r#"{ event = "destroyed", where = { name = "a.b" }, during = "take", count = 1 }"#),
        ),
    ];
    let cases = cases.map(|(name, text)| (format!("suite/cases/family/{name}.toml"), text));
    let vocabulary = embedded::below("suite/vocabulary").map(|(path, bytes)| (*path, *bytes));
    let cases = cases.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
    let fixtures = SUITE.iter().map(|(path, text)| (*path, text.as_bytes()));
    catalogue::load(vocabulary.chain(cases).chain(fixtures)).expect("a suite without mistakes")
});

/// The pairing of a case between one build on each side.
fn planned(name: &str, producer: &str, consumer: &str) -> Pairing {
    let selection = Selection {
        cases: vec![format!("family::{name}")],
        producers: vec![producer.to_owned()],
        consumers: vec![consumer.to_owned()],
        ..Selection::default()
    };
    let plan = plan::make(&CATALOGUE, &support::pretended_facts(), &[], &selection).expect("one pairing");
    plan.pairings.into_iter().next().expect("one pairing")
}

/// A capsule is made and taken; `end` is how the taking went.
fn taken(name: &str, end: StepEnd) -> Seen {
    let made = StepFact { label: "make".to_owned(), end: StepEnd::Returned(json!({ "type": "capsule" })) };
    let taken = StepFact { label: "take".to_owned(), end };
    let seen = Observation { steps: vec![made, taken], end: "returned".to_owned(), ..Observation::default() };
    let pairing = planned(name, "fast_math@c_single_phase", "renderer@c_abi3");
    Seen { pairing, attempts: Some(Attempts { first: seen, fresh: Vec::new() }) }
}

/// The consumer has to refuse with a `TypeError` that keeps its cause.
pub(crate) fn refuses(end: StepEnd) -> Seen {
    taken("refuses", end)
}

/// The consumer has to return 7.
pub(crate) fn returns(end: StepEnd) -> Seen {
    taken("returns", end)
}

/// The consumer may return or raise, as long as the process lives.
pub(crate) fn anything(end: StepEnd) -> Seen {
    taken("may_do_anything", end)
}

/// The producer's destructor has to run once, and ran `times`.
pub(crate) fn destroyed(times: usize) -> Seen {
    let mut seen = taken("destroys", StepEnd::Returned(Value::Null));
    let fields = Map::from_iter([("name".to_owned(), json!("a.b"))]);
    let event = Event { kind: "destroyed".to_owned(), fields, during: Some("take".to_owned()) };
    each_observation(&mut seen, |_, it| it.events = vec![event.clone(); times]);
    seen
}

/// What a good refusal looks like.
pub(crate) fn refusal() -> StepEnd {
    raised("TypeError", Some("ValueError"))
}

pub(crate) fn raised(class: &str, cause: Option<&str>) -> StepEnd {
    let of = |class: &str| Raised {
        r#type: class.to_owned(),
        mro: [class, "Exception", "BaseException", "object"].map(str::to_owned).to_vec(),
        ..Raised::default()
    };
    StepEnd::Raised(Raised { cause: cause.map(|it| Box::new(of(it))), ..of(class) })
}

pub(crate) fn ends(end: &str, mut seen: Seen) -> Seen {
    each_observation(&mut seen, |_, it| end.clone_into(&mut it.end));
    seen
}

pub(crate) fn lost(reason: &str, mut seen: Seen) -> Seen {
    "another".clone_into(&mut seen.pairing.subject);
    each_observation(&mut seen, |_, it| it.lost = Some(reason.to_owned()));
    seen
}

/// What the case takes away was never taken away.
pub(crate) fn without_a_fault(mut seen: Seen) -> Seen {
    let event = Event { kind: "no_fault".to_owned(), fields: Map::new(), during: None };
    each_observation(&mut seen, |_, it| it.events.push(event.clone()));
    seen
}

pub(crate) fn at(level: Level, mut seen: Seen) -> Seen {
    seen.pairing.level = level;
    seen
}

pub(crate) fn aside(reason: SetAside) -> Seen {
    let mut seen = Seen { attempts: None, ..refuses(refusal()) };
    seen.pairing.set_aside = Some(reason);
    seen
}

pub(crate) fn other_build(mut seen: Seen) -> Seen {
    seen.pairing = Pairing {
        set_aside: seen.pairing.set_aside,
        ..planned("refuses", "fast_math@c_single_phase", "renderer@c_multi_phase")
    };
    seen
}

/// The first attempt was made in a fork; these are the repetitions in fresh processes.
pub(crate) fn again(ends: &[StepEnd], mut seen: Seen) -> Seen {
    if let Some(attempts) = &mut seen.attempts {
        let attempt = |end: &StepEnd| {
            let mut it = attempts.first.clone();
            it.steps[1].end = end.clone();
            it
        };
        attempts.fresh = ends.iter().map(attempt).collect();
    }
    seen
}

pub(crate) fn recorded(seen: &str) -> Difference {
    Difference {
        case: "family::refuses".to_owned(),
        rows: Vec::new(),
        subject: None,
        interpreter: None,
        producer: None,
        consumer: None,
        seen: seen.to_owned(),
        reason: "a reason".to_owned(),
        link: Some("https://example.org".to_owned()),
    }
}

pub(crate) fn each_observation(seen: &mut Seen, change: impl Fn(&Expectation, &mut Observation)) {
    if let Some(attempts) = &mut seen.attempts {
        for observation in std::iter::once(&mut attempts.first).chain(&mut attempts.fresh) {
            change(&seen.pairing.expectation, observation);
        }
    }
}

pub(crate) fn each_raises(seen: &mut Seen, change: impl Fn(&mut Raises)) {
    for expectation in &mut seen.pairing.expectation.steps {
        if let Outcome::Raises(raises) = &mut expectation.outcome {
            change(raises);
        }
    }
}
