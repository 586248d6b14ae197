//! Reads the suite: cases, vocabulary, conventions, interpreters and fixture headers, every mistake of every file at once.

mod case;
mod fixture;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::diagnose::{self, Mistake};
use crate::model::{Binds, Catalogue, Difference, Fixture};

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
/// Every mistake of every file.
pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Catalogue, CatalogueError> {
    let mut mistakes = Vec::new();
    let mut catalogue = Catalogue::default();
    let mut cases = Vec::new();
    for (path, bytes) in files {
        let Ok(text) = std::str::from_utf8(bytes) else {
            mistakes.push(Mistake { path: path.to_owned(), line: None, message: "is not UTF-8".to_owned() });
            continue;
        };
        if path == "suite/vocabulary/steps.toml" {
            collect(vocabulary::steps(path, text), &mut mistakes, |it| catalogue.vocabulary = it);
        } else if path == "suite/vocabulary/conventions.toml" {
            collect(vocabulary::conventions(path, text), &mut mistakes, |it| catalogue.conventions = it);
        } else if path.starts_with("suite/cases/") {
            cases.push((path, text));
        } else if path.starts_with("suite/interpreters/") {
            collect(interpreter(path, text), &mut mistakes, |it| catalogue.differences.extend(it));
        } else if let Some(found) = fixture::header(path, text) {
            collect(found.map_err(|it| vec![it]), &mut mistakes, |it| catalogue.fixtures.push(it));
        }
    }
    // Cases speak the vocabulary, so they come after it whatever the order of the files.
    for (path, text) in cases {
        collect(case::parse(path, text, &catalogue.vocabulary), &mut mistakes, |it| catalogue.cases.push(it));
    }
    catalogue.cases.sort_by(|a, b| a.id.cmp(&b.id));
    catalogue.fixtures.sort_by(|a, b| (&a.stem, &a.source).cmp(&(&b.stem, &b.source)));
    cross_check(&catalogue, &mut mistakes);
    if mistakes.is_empty() {
        Ok(catalogue)
    } else {
        mistakes.sort();
        Err(CatalogueError(mistakes))
    }
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
fn cross_check(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    let mut say = |path: &str, message: String| {
        mistakes.push(Mistake { path: path.to_owned(), line: None, message });
    };
    let defects: BTreeMap<&str, Vec<&Fixture>> =
        catalogue.fixtures.iter().filter(|it| it.is_defect()).fold(BTreeMap::new(), |mut map, it| {
            map.entry(it.stem.as_str()).or_insert_with(Vec::new).push(it);
            map
        });
    let caught: BTreeSet<(&str, &str)> = catalogue
        .cases
        .iter()
        .flat_map(|case| case.catches.iter().map(|catch| (case.id.as_str(), catch.stem.as_str())))
        .collect();
    for case in &catalogue.cases {
        for word in [&case.given.producers, &case.given.consumers].into_iter().flatten().flat_map(|it| &it.stems) {
            let (stem, build) = word.split_once('@').map_or((word.as_str(), None), |(stem, build)| (stem, Some(build)));
            let is_it = |it: &&Fixture| build.is_none_or(|build| it.builds.iter().any(|has| has.word() == build));
            if !catalogue.fixtures.iter().filter(|it| it.stem == stem).any(|it| is_it(&it)) {
                say(&case.path, format!("`given` names `{word}`, which is no fixture, or no build of one"));
            }
        }
        if case.binds != Binds::Runtime && case.catches.is_empty() {
            say(&case.path, "binds a side, so it needs a `[[catches]]` with a defect fixture that fails it".to_owned());
        }
        for catch in &case.catches {
            let Some(fixtures) = defects.get(catch.stem.as_str()) else {
                say(
                    &case.path,
                    format!("catches `{}`, which is no defect fixture of c_fixtures/ or rust_fixtures/", catch.stem),
                );
                continue;
            };
            if fixtures.iter().any(|it| it.side != catch.side) {
                say(&case.path, format!("catches `{}` on the wrong side", catch.stem));
            }
            if fixtures.iter().any(|it| !it.breaks.contains(&case.id)) {
                say(
                    &case.path,
                    format!("catches `{}`, whose header does not say that it breaks {}", catch.stem, case.id),
                );
            }
        }
    }
    for fixture in catalogue.fixtures.iter().filter(|it| it.is_defect()) {
        for case in &fixture.breaks {
            if !caught.contains(&(case.as_str(), fixture.stem.as_str())) {
                say(&fixture.source, format!("breaks `{case}`, which does not list it under `[[catches]]`"));
            }
        }
    }
    for difference in &catalogue.differences {
        match catalogue.cases.iter().find(|case| case.id == difference.case) {
            None => say(
                "suite/interpreters",
                format!("a difference names the case `{}`, which does not exist", difference.case),
            ),
            Some(case) => {
                for row in &difference.rows {
                    if !case.rows.iter().any(|it| it.name.as_ref() == Some(row)) {
                        say(
                            "suite/interpreters",
                            format!("a difference names row `{row}` of `{}`, which has none such", case.id),
                        );
                    }
                }
            }
        }
    }
}

/// The file's name without folder and ending.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name).to_owned()
}
