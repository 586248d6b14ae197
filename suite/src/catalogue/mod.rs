//! Reads the suite: cases, vocabulary, conventions, interpreters and fixture headers, every mistake of every file at once.

mod case;
mod fixture;
mod outside;
mod tables;
mod vocabulary;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diagnose::{self, Mistake};
use crate::manifest;
use crate::model::{Binds, Case, Catalogue, Catch, Difference, Fixture, ReadyManifest};

pub use outside::take_in;

/// The suite is not usable: always its author's mistake, never the target's.
#[derive(Debug, thiserror::Error)]
#[error("the suite has {} mistake(s):\n{}", .0.len(), lines(.0))]
pub struct CatalogueError(pub Vec<Mistake>);

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Loads a suite from its files (path relative to the project's root, bytes).
///
/// # Errors
///
/// Every mistake of every file. One in the vocabulary hides those of the cases, which all speak it, and one in a file
/// hides what only the whole suite can tell: what follows from a mistake is none of its own.
pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Catalogue, CatalogueError> {
    let mut mistakes = Vec::new();
    let mut catalogue = Catalogue::default();
    let mut texts = BTreeMap::new();
    let mut cases = Vec::new();
    let mut recorded: Vec<(&str, Difference)> = Vec::new();
    for (path, bytes) in files {
        let Ok(text) = std::str::from_utf8(bytes) else {
            mistakes.push(Mistake { path: path.to_owned(), line: None, message: "is not UTF-8".to_owned() });
            continue;
        };
        texts.insert(path, text);
        if path == "suite/vocabulary/steps.toml" {
            collect(vocabulary::steps(path, text), &mut mistakes, |it| catalogue.vocabulary = it);
        } else if path == "suite/vocabulary/conventions.toml" {
            collect(vocabulary::conventions(path, text), &mut mistakes, |it| catalogue.conventions = it);
        } else if path == "suite/vocabulary/tables.toml" {
            collect(tables::tables(path, text), &mut mistakes, |it| catalogue.tables = it);
        } else if path.starts_with("suite/cases/") {
            cases.push((path, text));
        } else if path.starts_with("suite/interpreters/") {
            collect(interpreter(path, text), &mut mistakes, |it| {
                recorded.extend(it.into_iter().map(|it| (path, it)));
            });
        } else if path.starts_with("suite/targets/") {
            collect(manifest::ready(path, text), &mut mistakes, |it| catalogue.ready.push(it));
        } else if let Some(found) = fixture::header(path, text) {
            collect(found.map_err(|it| vec![it]), &mut mistakes, |it| catalogue.fixtures.push(it));
        }
    }
    // Cases speak the vocabulary, so they come after it whatever the order of the files.
    let cases = if mistakes.iter().any(|it| it.path.starts_with("suite/vocabulary/")) { Vec::new() } else { cases };
    for (path, text) in cases {
        collect(case::parse(path, text, &catalogue.vocabulary), &mut mistakes, |it| catalogue.cases.push(it));
    }
    catalogue.cases.sort_by(|a, b| a.id.cmp(&b.id));
    catalogue.fixtures.sort_by(|a, b| (&a.stem, &a.source).cmp(&(&b.stem, &b.source)));
    if mistakes.is_empty() {
        mistakes = cross_check(&catalogue, texts, &recorded);
        mistakes.extend(claimed_twice(&catalogue.ready));
    }
    catalogue.differences = recorded.into_iter().map(|(_, difference)| difference).collect();
    mistakes.sort();
    if mistakes.is_empty() { Ok(catalogue) } else { Err(CatalogueError(mistakes)) }
}

fn collect<T>(result: Result<T, Vec<Mistake>>, mistakes: &mut Vec<Mistake>, keep: impl FnOnce(T)) {
    match result {
        Ok(value) => keep(value),
        Err(found) => mistakes.extend(found),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InterpreterFile {
    #[serde(default)]
    difference: Vec<Difference>,
}

/// The deviations of one interpreter file; its stem is the implementation they are about unless they say more.
fn interpreter(path: &str, text: &str) -> Result<Vec<Difference>, Vec<Mistake>> {
    let file: InterpreterFile =
        toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    let family = stem(path);
    let mut mistakes = Vec::new();
    let mut differences = Vec::new();
    for mut difference in file.difference {
        let requirement = difference.interpreter.get_or_insert_with(|| family.clone());
        if let Err(message) = crate::requirement::parse(requirement) {
            mistakes.push(diagnose::mistake_at(path, text, requirement, message));
        }
        if difference.link.is_none() {
            mistakes.push(diagnose::mistake_at(path, text, &difference.seen, "a difference needs a `link`"));
        }
        differences.push(difference);
    }
    if mistakes.is_empty() { Ok(differences) } else { Err(mistakes) }
}

/// What only the whole suite can tell: names that must lead somewhere, in both directions.
fn cross_check(catalogue: &Catalogue, texts: BTreeMap<&str, &str>, recorded: &[(&str, Difference)]) -> Vec<Mistake> {
    let mut check = CrossCheck { catalogue, texts, mistakes: Vec::new() };
    for case in &catalogue.cases {
        check.case(case);
    }
    for fixture in &catalogue.fixtures {
        check.fixture(fixture);
    }
    for (path, difference) in recorded {
        check.difference(path, difference);
    }
    check.mistakes
}

/// A package has one ready manifest, or nobody could say which is meant.
fn claimed_twice(ready: &[ReadyManifest]) -> Vec<Mistake> {
    let mut claims: BTreeMap<&str, &str> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (manifest, package) in ready.iter().flat_map(|it| it.packages.iter().map(move |package| (it, package))) {
        if let Some(other) = claims.insert(package, &manifest.path) {
            let message = format!("speaks of the package `{package}`, and so does {other}");
            mistakes.push(Mistake { path: manifest.path.clone(), line: None, message });
        }
    }
    mistakes
}

struct CrossCheck<'a> {
    catalogue: &'a Catalogue,
    texts: BTreeMap<&'a str, &'a str>,
    mistakes: Vec<Mistake>,
}

impl CrossCheck<'_> {
    fn say(&mut self, path: &str, needle: &str, message: impl Into<String>) {
        let text = self.texts.get(path).copied().unwrap_or_default();
        self.mistakes.push(diagnose::mistake_at(path, text, needle, message));
    }

    fn case(&mut self, case: &Case) {
        if case.binds != Binds::Runtime && case.catches.is_empty() {
            let message = "binds a side, so it needs a `[[catches]]` with a defect fixture that fails it";
            self.say(&case.path, "binds", message);
        }
        for (side, choice) in [(Binds::Producer, &case.given.producers), (Binds::Consumer, &case.given.consumers)] {
            for word in choice.iter().flat_map(|choice| &choice.stems) {
                let (stem, build) = word.split_once('@').map_or((word.as_str(), None), |(it, build)| (it, Some(build)));
                let clean = || self.catalogue.fixtures.iter().filter(|it| it.side == side && !it.is_defect());
                let built = |it: &Fixture| build.is_none_or(|build| it.builds.iter().any(|has| has.word() == build));
                if !clean().any(|it| it.stem == stem && built(it)) {
                    let near = nearest_hint(stem, clean().map(|it| it.stem.as_str()));
                    let message = format!("`{word}` is no clean fixture of that side, or no build of one{near}");
                    self.say(&case.path, &quoted(word), message);
                }
            }
        }
        for convention in &case.given.conventions {
            let known = || self.catalogue.conventions.iter().map(|it| it.id.as_str());
            if known().all(|it| it != convention) {
                let near = nearest_hint(convention, known());
                self.say(&case.path, &quoted(convention), format!("`{convention}` is no convention{near}"));
            }
        }
        for catch in &case.catches {
            self.catch(case, catch);
        }
    }

    fn catch(&mut self, case: &Case, catch: &Catch) {
        let stem = &catch.stem;
        let defects = || self.catalogue.fixtures.iter().filter(|it| it.is_defect());
        let ours: Vec<&Fixture> = defects().filter(|it| it.stem == *stem).collect();
        let message = if ours.is_empty() {
            let near = nearest_hint(stem, defects().map(|it| it.stem.as_str()));
            format!("catches `{stem}`, which is no defect fixture of c_fixtures/ or rust_fixtures/{near}")
        } else if ours.iter().any(|it| it.side != catch.side) {
            format!("catches `{stem}` on the wrong side")
        } else if let Some(silent) = ours.iter().find(|it| !it.breaks.contains(&case.id)) {
            format!("catches `{stem}`, but {} does not say that it breaks {}", silent.source, case.id)
        } else {
            return;
        };
        self.say(&case.path, &quoted(stem), message);
    }

    fn fixture(&mut self, fixture: &Fixture) {
        for id in &fixture.breaks {
            let message = match self.catalogue.cases.iter().find(|case| case.id == *id) {
                None => {
                    let near = nearest_hint(id, self.catalogue.cases.iter().map(|case| case.id.as_str()));
                    format!("breaks `{id}`, which is no case{near}")
                }
                Some(case) if case.catches.iter().all(|catch| catch.stem != fixture.stem) => {
                    format!("breaks `{id}`, which does not list it under `[[catches]]`")
                }
                Some(_) => continue,
            };
            self.say(&fixture.source, &quoted(id), message);
        }
    }

    fn difference(&mut self, path: &str, difference: &Difference) {
        let id = &difference.case;
        let Some(case) = self.catalogue.cases.iter().find(|case| case.id == *id) else {
            let near = nearest_hint(id, self.catalogue.cases.iter().map(|case| case.id.as_str()));
            self.say(path, &quoted(id), format!("a difference names the case `{id}`, which does not exist{near}"));
            return;
        };
        for row in &difference.rows {
            let known = || case.rows.iter().filter_map(|it| it.name.as_deref());
            if known().all(|it| it != row) {
                let near = nearest_hint(row, known());
                let message = format!("a difference names row `{row}` of `{id}`, which has none such{near}");
                self.say(path, &quoted(row), message);
            }
        }
    }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn nearest_hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    diagnose::nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The file's name without folder and ending.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name).to_owned()
}
