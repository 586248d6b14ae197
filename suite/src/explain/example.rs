//! Chooses what wrong and right code for a case are, and cuts them out of the fixtures.

use std::cmp::Reverse;

use super::cut;
use crate::embedded;
use crate::model::{Build, Case, Catalogue, Fixture};

/// The language of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// With the API's own functions.
    C,
    /// Through `PyO3` or its raw bindings.
    Rust,
}

impl Language {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Language::C => "C",
            Language::Rust => "Rust",
        }
    }

    /// As Markdown writes it behind a fence.
    pub(super) fn fence(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Rust => "rust",
        }
    }
}

/// Wrong and right code, each with the file that it is from.
#[derive(Debug, Clone)]
pub struct Example {
    /// The language of both.
    pub language: Language,
    /// What the wrong one does.
    pub fault: String,
    /// The defect fixture, without the header that registers it.
    pub wrong: (String, String),
    /// The clean implementation of each hook that it overrides.
    pub right: Vec<(String, String)>,
}

/// One example for each language in which somebody must fail the case.
pub fn examples(catalogue: &Catalogue, case: &Case) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut stem: Option<&str> = None;
    for language in [Language::C, Language::Rust] {
        if let Some(defect) = defect(catalogue, case, language, stem) {
            stem = Some(&defect.stem);
            let path = code_of(defect);
            let code = cut::without_header(text(&path)).to_owned();
            let right = right(catalogue, defect, &code);
            examples.push(Example { language, fault: defect.summary.clone(), wrong: (path, code), right });
        }
    }
    examples
}

/// The defect that is most about this case: the one of the other language's example, else one that breaks little else.
fn defect<'a>(catalogue: &'a Catalogue, case: &Case, language: Language, stem: Option<&str>) -> Option<&'a Fixture> {
    let all = case.catches.iter().flat_map(|catch| catalogue.fixtures.iter().filter(|it| it.stem == catch.stem));
    all.filter(|it| language_of(it) == language).min_by_key(|it| {
        let is_first = it.breaks.first() == Some(&case.id);
        // Most people who write Rust write it with PyO3's own types.
        (Reverse(stem == Some(it.stem.as_str())), !is_first, it.breaks.len(), !it.builds.contains(&Build::RustPyo3))
    })
}

fn language_of(fixture: &Fixture) -> Language {
    if fixture.builds.iter().copied().any(Build::is_rust) { Language::Rust } else { Language::C }
}

/// The file with the code: a crate is registered in its manifest.
fn code_of(fixture: &Fixture) -> String {
    match fixture.source.strip_suffix("Cargo.toml") {
        Some(folder) => format!("{folder}src/lib.rs"),
        None => fixture.source.clone(),
    }
}

fn text(path: &str) -> &'static str {
    embedded::text(path).unwrap_or_default()
}

/// The clean implementation of every hook that a defect overrides, those of one file together.
fn right(catalogue: &Catalogue, defect: &Fixture, code: &str) -> Vec<(String, String)> {
    let is_c = language_of(defect) == Language::C;
    let hooks: Vec<String> = if is_c {
        cut::after(code, "#define OVERRIDE_").into_iter().map(str::to_lowercase).collect()
    } else {
        cut::rust_hooks(code).into_iter().map(str::to_owned).collect()
    };
    let mut pieces: Vec<(String, String)> = Vec::new();
    for hook in hooks {
        let mut twins = twins(catalogue, defect).map(code_of);
        let found = if is_c {
            twins.find_map(|twin| in_c(&twin, text(&twin), &hook)).or_else(|| in_c(&defect.source, code, &hook))
        } else {
            twins.find_map(|twin| overridden(&twin, &hook)).or_else(|| rust_default(code, defect, &hook))
        };
        for (path, code) in found.into_iter().flatten() {
            match pieces.iter_mut().find(|(known, _)| *known == path) {
                Some((_, text)) if text.contains(&code) => {}
                Some((_, text)) => text.push_str(&format!("\n\n{code}")),
                None => pieces.push((path, code)),
            }
        }
    }
    pieces
}

/// The clean fixtures of the same language that take the same by the same rules.
fn twins<'a>(catalogue: &'a Catalogue, defect: &'a Fixture) -> impl Iterator<Item = &'a Fixture> {
    catalogue.fixtures.iter().filter(|it| {
        let is_alike = it.side == defect.side && it.builds.first() == defect.builds.first();
        !it.is_defect() && is_alike && rules(it).eq(rules(defect))
    })
}

/// Of each table that a fixture imports: where it is, which versions it accepts, whether it can do without, and whether it
/// is needed from the beginning.
fn rules(fixture: &Fixture) -> impl Iterator<Item = (&str, Option<&str>, bool, bool)> {
    fixture.consumes.iter().filter_map(|it| {
        let accepts = it.table.as_ref().and_then(|table| table.accepts.as_deref());
        Some((it.capsule.as_deref()?, accepts, it.optional, it.trigger.as_deref() == Some("import")))
    })
}

/// What a clean Rust fixture does instead of the default.
fn overridden(path: &str, hook: &str) -> Option<Vec<(String, String)>> {
    let code = cut::rust_function(text(path), hook)?;
    let shared = done_elsewhere(&code, "rust_fixtures/support/shared/src");
    Some([vec![(path.to_owned(), code)], shared].concat())
}

/// What a C source does, unless it is the defect, or else its headers: the first that has the function, under whatever
/// prefix, and where that only hands on, the one that does the work.
fn in_c(path: &str, code: &str, hook: &str) -> Option<Vec<(String, String)>> {
    let own = Some(path).filter(|path| !path.contains("/defects/")).map(str::to_owned);
    let is_it = |name: &&str| *name == hook || name.strip_suffix(hook).is_some_and(|it| it.ends_with('_'));
    own.into_iter().chain(included(code)).find_map(|path| {
        let text = text(&path);
        let name = cut::c_functions(text).find(is_it)?;
        let mut code = cut::c_function(text, name, hook)?;
        for called in cut::called_by_a_short_one(&code.clone()) {
            if let Some(more) = cut::c_function(text, called, called) {
                code.push_str(&format!("\n\n{more}"));
            }
        }
        Some(vec![(path, code)])
    })
}

/// The headers that a C source includes, and those that they include.
fn included(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open: Vec<String> = vec![code.to_owned()];
    while let Some(source) = open.pop() {
        for name in cut::after(&source, "#include \"") {
            let path = format!("c_fixtures/include/{name}");
            if !found.contains(&path) {
                open.push(text(&path).to_owned());
                found.push(path);
            }
        }
    }
    found
}

/// What the trait of a Rust defect does by default, and where that only hands on, the function that does the work.
fn rust_default(code: &str, defect: &Fixture, hook: &str) -> Option<Vec<(String, String)>> {
    let name = code.lines().find_map(|line| line.strip_prefix("impl ")?.split_once(" for ")).map(|(name, _)| name)?;
    let binding = defect.builds.first()?.word().strip_prefix("rust_")?;
    let folder = format!("rust_fixtures/support/{binding}_participant/src");
    let path = format!("{folder}/{}.rs", name.to_lowercase());
    let text = text(&path);
    let mut code = cut::rust_function(text, hook)?;
    for called in cut::called_by_a_short_one(&code.clone()) {
        if let Some(more) = cut::rust_function(text, called) {
            code.push_str(&format!("\n\n{more}"));
        }
    }
    let shared = done_elsewhere(&code, "rust_fixtures/support/shared/src");
    Some([vec![(path, code)], shared].concat())
}

/// What a short function calls in the sources of a folder.
fn done_elsewhere(code: &str, folder: &str) -> Vec<(String, String)> {
    let called = cut::called_by_a_short_one(code);
    let sources = embedded::below(folder).filter_map(|(path, _)| embedded::text(path).map(|text| (*path, text)));
    let found = sources.flat_map(|(path, text)| {
        let functions: Vec<String> = called.iter().filter_map(|name| cut::rust_function(text, name)).collect();
        functions.into_iter().map(move |code| (path.to_owned(), code))
    });
    found.collect()
}
