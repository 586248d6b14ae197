//! What a manifest may not say, beyond what its types tell.

use std::fs;
use std::path::Path;

use super::ManifestError;
use crate::diagnose::{self, Mistake};
use crate::model::{Catalogue, Difference, Manifest, Table, Target};

/// What the types cannot say.
pub(crate) fn check(path: &str, text: &str, targets: &[Target], known: &[Difference]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut say = |needle: &str, message: String| mistakes.push(diagnose::mistake_at(path, text, needle, message));
    if targets.len() > 1 && targets.iter().any(|target| target.module.is_none()) {
        say("[[target]]", "with several `[[target]]` tables each needs a `module`".to_owned());
    }
    for target in targets {
        for produces in &target.produces {
            let made = [produces.attribute.is_some(), produces.factory.is_some()];
            if made.into_iter().filter(|set| *set).count() != 1 {
                say("produces]]", "each `[[produces]]` has exactly one of `attribute` and `factory`".to_owned());
            }
            if produces.unnamed && produces.name.is_some() {
                say("unnamed", "`unnamed = true` and `name` exclude each other".to_owned());
            }
            check_table(produces.table.as_ref(), &mut say);
        }
        for consumes in &target.consumes {
            if consumes.capsule.is_some() == consumes.call.is_some() {
                say("consumes]]", "each `[[consumes]]` has exactly one of `capsule` and `call`".to_owned());
            }
            if consumes.call.as_ref().is_some_and(|call| !call.contains("{capsule}")) {
                say("call", "`call` needs `{capsule}` where the capsule is handed over".to_owned());
            }
            if consumes.unnamed && consumes.name.is_some() {
                say("unnamed", "`unnamed = true` and `name` exclude each other".to_owned());
            }
            check_table(consumes.table.as_ref(), &mut say);
        }
    }
    for deviation in known {
        if let Some(Err(message)) = deviation.interpreter.as_deref().map(crate::requirement::parse) {
            say(deviation.interpreter.as_deref().unwrap_or_default(), message);
        }
    }
    mistakes
}

/// The words of a manifest that only the catalogue knows: cases, their rows, conventions.
///
/// # Errors
///
/// Every word that it does not know, each with the nearest one that it does.
pub fn check_words(manifest: &Manifest, catalogue: &Catalogue) -> Result<(), ManifestError> {
    let file = manifest.file.as_deref().unwrap_or(Path::new(""));
    // Only for the lines: what is read again cannot change what is checked.
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut mistakes = Vec::new();
    let mut check = |what: &str, word: &str, known: &[&str]| {
        if !known.contains(&word) {
            let near = diagnose::nearest(word, known.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let message = format!("`{word}` is no {what}{near}");
            mistakes.push(diagnose::mistake_at(&file.display().to_string(), &text, &format!("\"{word}\""), message));
        }
    };
    let conventions: Vec<&str> = catalogue.conventions.iter().map(|it| it.id.as_str()).collect();
    let produces = manifest.targets.iter().flat_map(|target| &target.produces);
    for convention in produces.clone().filter_map(|it| it.convention.as_deref()) {
        check("convention", convention, &conventions);
    }
    let consumes = manifest.targets.iter().flat_map(|target| &target.consumes);
    let protocols = produces.map(|it| &it.protocol).chain(consumes.map(|it| &it.protocol));
    for protocol in protocols.filter_map(Option::as_deref) {
        check("value of `protocol`", protocol, &["none"]);
    }
    let cases: Vec<&str> = catalogue.cases.iter().map(|it| it.id.as_str()).collect();
    for deviation in &manifest.known {
        check("case", &deviation.case, &cases);
        let Some(case) = catalogue.cases.iter().find(|it| it.id == deviation.case) else {
            continue;
        };
        let rows: Vec<&str> = case.rows.iter().filter_map(|it| it.name.as_deref()).collect();
        for row in &deviation.rows {
            check(&format!("row of {}", case.id), row, &rows);
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(ManifestError::Invalid(mistakes)) }
}

fn check_table(table: Option<&Table>, say: &mut impl FnMut(&str, String)) {
    let Some(table) = table else {
        return;
    };
    let before = table.layout.iter().filter_map(|field| Some((field, crate::layout::parse_field(field).err()?)));
    let wrong: Vec<(&String, String)> = before.collect();
    for (field, message) in &wrong {
        say(field, message.clone());
    }
    if let Err(message) = crate::table::shape(table)
        && wrong.is_empty()
    {
        let key = message.split('`').nth(1).unwrap_or("layout").to_owned();
        say(&key, message);
    }
}
