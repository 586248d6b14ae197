//! Hygiene of the data, the sources and the documents: fast, and without an interpreter.

#[path = "suite_data/borders.rs"]
mod borders;
#[path = "suite_data/documents.rs"]
mod documents;
#[path = "suite_data/files.rs"]
mod files;
#[path = "suite_data/mistakes.rs"]
mod mistakes;
mod support;
#[path = "suite_data/vocabulary.rs"]
mod vocabulary;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use capsule_conformance::embedded;
use capsule_conformance::model::{Binds, Catalogue, Choice};

/// Loaded once for all that look at it.
fn suite() -> &'static Catalogue {
    static SUITE: OnceLock<Catalogue> = OnceLock::new();
    SUITE.get_or_init(support::suite)
}

#[test]
fn the_suite_loads() {
    let suite = suite();
    assert!(!suite.cases.is_empty() && !suite.fixtures.is_empty() && !suite.conventions.is_empty());
}

#[test]
fn file_stems_are_snake_case_and_unique() {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let cases = embedded::below("suite/cases");
    for (path, _) in cases.chain(embedded::below("c_fixtures")).filter(|(path, _)| !path.ends_with(".h")) {
        let stem = stem(path);
        let snake = stem.chars().all(|it| it == '_' || it.is_ascii_lowercase() || it.is_ascii_digit());
        assert!(snake && stem.starts_with(|it: char| it.is_ascii_lowercase()), "{path} is not in snake_case");
        if let Some(other) = seen.insert(stem, path) {
            panic!("{path} and {other} have the same stem");
        }
    }
}

#[test]
fn case_ids_are_unique() {
    let suite = suite();
    let mut ids: Vec<&String> = suite.cases.iter().map(|case| &case.id).collect();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn each_build_of_a_stem_exists_once() {
    let suite = suite();
    let mut seen: BTreeMap<(String, &str), &str> = BTreeMap::new();
    for fixture in &suite.fixtures {
        for build in &fixture.builds {
            let key = (fixture.stem.clone(), build.word());
            if let Some(other) = seen.insert(key, &fixture.source) {
                panic!("{} and {other} are both {}@{}", fixture.source, fixture.stem, build.word());
            }
        }
    }
}

#[test]
fn every_clean_fixture_takes_part_in_a_case() {
    let suite = suite();
    for fixture in suite.fixtures.iter().filter(|it| !it.is_defect()) {
        let takes_part = |choice: &Option<Choice>| {
            choice.as_ref().is_some_and(|it| {
                let named = |stem: &String| stem.split('@').next() == Some(fixture.stem.as_str());
                it.stems.iter().any(named) || it.all && !fixture.by_name || it.declaring && fixture.declares_a_policy()
            })
        };
        let used = suite.cases.iter().any(|case| match fixture.side {
            Binds::Producer => takes_part(&case.given.producers),
            _ => takes_part(&case.given.consumers),
        });
        // A consumer that takes part brings the maker of what it takes along.
        let makes =
            |path: &Option<String>| fixture.produces.iter().any(|it| it.attribute.is_some() && it.attribute == *path);
        let wanted = suite.fixtures.iter().filter(|it| !it.is_defect()).flat_map(|it| &it.consumes);
        let used = used || wanted.map(|it| &it.capsule).any(makes);
        assert!(used, "{}: no case lets {} take part", fixture.source, fixture.stem);
    }
}

#[test]
fn a_crate_of_the_fixtures_is_named_after_its_stem_and_build() {
    for fixture in suite().fixtures.iter().filter(|it| it.source.starts_with("rust_fixtures/")) {
        let build = fixture.builds[0].word().trim_start_matches("rust_");
        let folder = fixture.source.rsplit('/').nth(1).unwrap_or_default();
        assert_eq!(folder, format!("{}_{build}", fixture.stem), "{}", fixture.source);
    }
}

#[test]
fn every_key_of_a_row_is_used() {
    for case in &suite().cases {
        let text = files::text(&case.path);
        // A row's `table` is an age: the plan itself makes something of it.
        for key in case.rows.iter().flat_map(|row| row.values.keys()).filter(|key| *key != "table") {
            assert!(text.contains(&format!("{{row.{key}}}")), "{}: nothing uses `{{row.{key}}}`", case.path);
        }
    }
}

#[test]
fn no_case_compares_a_capsule_with_itself() {
    for case in &suite().cases {
        for then in &case.then {
            let other = then.same_as.as_ref().or(then.differs_from.as_ref());
            assert!(other.is_none() || other != then.step.as_ref(), "{}: compares a step with itself", case.path);
        }
    }
}

#[test]
fn nothing_names_a_machine() {
    for (path, bytes) in embedded::FILES {
        let text = String::from_utf8_lossy(bytes);
        for folder in ["/home/", "/root/", "/Users/"] {
            assert!(!text.contains(folder), "{path} names a folder of somebody's machine: {folder}…");
        }
    }
}

/// The file's name without folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}
