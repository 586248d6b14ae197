//! The vocabulary and those who speak it agree: every verb exists where it is said to, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use capsule_conformance::model::{Binds, Build, Verb};

use crate::files;

/// The words between `before` and `after`, wherever they stand in a text.
fn between<'a>(text: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
    let rests = text.split(before).skip(1);
    rests.filter_map(|rest| rest.split_once(after).map(|(word, _)| word)).filter(|it| is_word(it)).collect()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it == '_' || it.is_ascii_alphanumeric())
}

/// The entries of all method tables in C sources: `{"take", verb_take, METH_…`.
fn c_methods(text: &str) -> BTreeSet<&str> {
    let entries = text.split("{\"").skip(1).filter_map(|rest| rest.split_once("\", "));
    entries
        .filter(|(word, rest)| is_word(word) && rest.split('}').next().is_some_and(|it| it.contains("METH_")))
        .map(|(word, _)| word)
        .collect()
}

/// The functions that a `#[pymodule]` exports, by the names that Python sees.
fn pyo3_functions(text: &str) -> BTreeSet<&str> {
    let functions = text.split("#[pyfunction]").skip(1);
    functions
        .filter_map(|rest| {
            let (head, body) = rest.split_once("fn ")?;
            let renamed = head.split_once("name = \"").and_then(|(_, name)| name.split('"').next());
            renamed.or_else(|| body.split(['(', '<']).next())
        })
        .collect()
}

/// What the worker calls besides the verbs: `probe.open_log(…)`, `getattr(module, "bind", None)`.
fn called_by_the_worker(word: &str) -> bool {
    let worker = files::together("suite/worker", ".py");
    worker.contains(&format!(".{word}(")) || worker.contains(&format!("\"{word}\""))
}

#[track_caller]
fn assert_speaks(who: &str, verbs: &BTreeMap<String, Verb>, methods: &BTreeSet<&str>, lacks: &BTreeSet<String>) {
    for verb in verbs.keys() {
        let there = methods.contains(verb.as_str());
        assert!(there || lacks.contains(verb), "the vocabulary knows `{verb}`, which {who} cannot do");
        assert!(!there || !lacks.contains(verb), "{who} can `{verb}`, and says that it lacks it");
    }
    for method in methods {
        let known = verbs.contains_key(*method) || called_by_the_worker(method);
        assert!(known, "{who} can `{method}`, which the vocabulary does not know and the worker does not call");
    }
}

/// Steps that the plan says in other words.
const OF_THE_PLAN: [&str; 3] = ["trigger", "obtain", "hand_out"];

#[test]
fn the_probe_speaks_the_vocabulary() {
    let probe = files::together("suite/probe", ".c");
    assert_speaks("the probe", &crate::suite().vocabulary.probe, &c_methods(&probe), &BTreeSet::new());
}

#[test]
fn fixtures_speak_the_vocabulary() {
    let suite = crate::suite();
    let sides = [
        (Binds::Producer, "producer", &suite.vocabulary.producer),
        (Binds::Consumer, "consumer", &suite.vocabulary.consumer),
    ];
    for (side, word, verbs) in sides {
        let lacks = |build: Build| {
            let clean = suite
                .fixtures
                .iter()
                .find(|it| it.side == side && !it.is_defect() && !it.by_name && it.builds.contains(&build));
            clean.map(|it| it.lacks.clone()).unwrap_or_default()
        };
        let c = files::text(&format!("c_fixtures/include/{word}_verbs.h"));
        assert_speaks(&format!("the {word} in C"), verbs, &c_methods(c), &lacks(Build::CAbi3));
        let ffi = files::text(&format!("rust_fixtures/support/ffi_participant/src/{word}_verbs.rs"));
        let methods = between(ffi, "method(c\"", "\"");
        assert_speaks(&format!("the {word} in Rust (ffi)"), verbs, &methods, &lacks(Build::RustFfi));
        let pyo3 = files::text(&format!("rust_fixtures/support/pyo3_participant/src/{word}_verbs.rs"));
        let methods = pyo3_functions(pyo3);
        assert_speaks(&format!("the {word} in Rust (pyo3)"), verbs, &methods, &lacks(Build::RustPyo3));
    }
}

#[test]
fn the_world_speaks_the_vocabulary() {
    let worker = files::together("suite/worker", ".py");
    let mut performed = between(&worker, "def step_", "(");
    // The plan says it in other words: an import or an expression.
    for said_otherwise in OF_THE_PLAN {
        assert!(performed.insert(said_otherwise), "the worker has a step that the plan never sends");
    }
    assert_speaks("the worker", &crate::suite().vocabulary.world, &performed, &BTreeSet::new());
}

#[test]
fn the_arguments_of_the_world_are_those_of_the_vocabulary() {
    let worker = files::together("suite/worker", ".py");
    for (verb, known) in
        crate::suite().vocabulary.world.iter().filter(|(verb, _)| !OF_THE_PLAN.contains(&verb.as_str()))
    {
        let signature = worker.split(&format!("def step_{verb}(")).nth(1).and_then(|rest| rest.split("):").next());
        let parameters: Vec<&str> = signature.unwrap_or_default().split(", ").skip(1).collect();
        let open = parameters.iter().any(|it| it.starts_with("**"));
        for argument in &known.args {
            let found = parameters.iter().find(|it| it.split('=').next() == Some(argument.key.as_str()));
            assert!(found.is_some() || open, "`{verb}` takes no `{}`", argument.key);
            let needed = found.is_some_and(|it| !it.contains('='));
            assert!(!(needed && argument.optional && argument.default.is_none()), "`{verb}` needs `{}`", argument.key);
        }
        for parameter in parameters.iter().filter(|it| !it.starts_with("**")) {
            let name = parameter.split('=').next().unwrap_or(parameter);
            assert!(known.args.iter().any(|it| it.key == name), "the vocabulary's `{verb}` has no `{name}`");
        }
    }
}

#[test]
fn what_a_binding_lacks_is_a_word_of_its_side() {
    let suite = crate::suite();
    for fixture in &suite.fixtures {
        let producer = fixture.side == Binds::Producer;
        let verbs = if producer { &suite.vocabulary.producer } else { &suite.vocabulary.consumer };
        for word in &fixture.lacks {
            let argument = verbs.values().flat_map(|verb| &verb.args).any(|it| it.key == *word);
            let known = verbs.contains_key(word) || argument || word == "unnamed";
            assert!(known, "{} lacks `{word}`, which is nothing a {:?} is asked for", fixture.source, fixture.side);
        }
    }
}

#[test]
fn events_that_cases_count_are_written_by_somebody() {
    let suite = crate::suite();
    let sources = [files::together("suite/probe", ".c"), files::together("suite/worker", ".py")].concat();
    let sources = sources.replace("\\\"", "\"").replace(": ", ":");
    let written = between(&sources, "\"event\":\"", "\"");
    for case in &suite.cases {
        for then in &case.then {
            if let Some(event) = &then.event {
                assert!(written.contains(event.as_str()), "{}: nobody writes the event `{event}`", case.path);
            }
            for field in then.filter.keys().chain(then.every.keys()) {
                let known = sources.contains(&format!("\"{field}\":"));
                assert!(known, "{}: no event has the field `{field}`", case.path);
            }
        }
    }
}
