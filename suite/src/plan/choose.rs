//! Applies what the user chose of all that could run.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use super::{PlanError, Selection};
use crate::diagnose::nearest;
use crate::model::{Case, Catalogue, Pairing, Participant};

/// The cases that `--case` and `--skip` leave.
///
/// # Errors
///
/// A pattern that is not one, or that matches nothing.
pub fn select_cases<'a>(catalogue: &'a Catalogue, selection: &Selection) -> Result<Vec<&'a Case>, PlanError> {
    let ids: Vec<&str> = catalogue.cases.iter().map(|case| case.id.as_str()).collect();
    let wanted = matchers("--case", &selection.cases, &ids)?;
    let skipped = matchers("--skip", &selection.skips, &ids)?;
    Ok(catalogue
        .cases
        .iter()
        .filter(|case| wanted.is_empty() || wanted.iter().any(|glob| glob.is_match(&case.id)))
        .filter(|case| !skipped.iter().any(|glob| glob.is_match(&case.id)))
        .collect())
}

/// The stems of the defect fixtures that `--defect` leaves.
///
/// # Errors
///
/// As for the cases.
pub fn select_defects<'a>(catalogue: &'a Catalogue, patterns: &[String]) -> Result<BTreeSet<&'a str>, PlanError> {
    let defects = catalogue.fixtures.iter().filter(|it| it.is_defect());
    let stems: Vec<&str> = defects.map(|it| it.stem.as_str()).collect();
    let wanted = matchers("--defect", patterns, &stems)?;
    let is_wanted = |stem: &str| wanted.is_empty() || wanted.iter().any(|glob| glob.is_match(stem));
    Ok(stems.into_iter().filter(|stem| is_wanted(stem)).collect())
}

fn matchers(option: &'static str, patterns: &[String], known: &[&str]) -> Result<Vec<GlobMatcher>, PlanError> {
    let mut matchers = Vec::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .build()
            .map_err(|error| PlanError::Pattern { pattern: pattern.clone(), reason: error.to_string() })?
            .compile_matcher();
        if !known.iter().any(|id| glob.is_match(id)) {
            return Err(no_match(option, pattern, known.iter().copied()));
        }
        matchers.push(glob);
    }
    Ok(matchers)
}

pub(super) fn no_match<'a>(option: &'static str, pattern: &str, known: impl Iterator<Item = &'a str>) -> PlanError {
    let hint = nearest(pattern, known).map(|it| format!(" (the nearest is `{it}`)")).unwrap_or_default();
    PlanError::MatchesNothing { option, pattern: pattern.to_owned(), hint }
}

pub(super) fn choose(
    option: &'static str,
    wanted: &[String],
    pairings: &mut Vec<Pairing>,
    side: impl Fn(&Pairing) -> Option<&Participant>,
) -> Result<(), PlanError> {
    let fits = |participant: &Participant, id: &String| participant.id() == *id || participant.module() == id;
    for id in wanted {
        if !pairings.iter().any(|pairing| side(pairing).is_some_and(|it| fits(it, id))) {
            let known: BTreeSet<String> = pairings.iter().filter_map(|it| side(it).map(Participant::id)).collect();
            return Err(no_match(option, id, known.iter().map(String::as_str)));
        }
    }
    if !wanted.is_empty() {
        pairings.retain(|pairing| side(pairing).is_some_and(|it| wanted.iter().any(|id| fits(it, id))));
    }
    Ok(())
}

pub(super) fn choose_pairings(wanted: &[String], pairings: &mut Vec<Pairing>) -> Result<(), PlanError> {
    for id in wanted {
        if !pairings.iter().any(|pairing| pairing.id == *id) {
            return Err(no_match("--pairing", id, pairings.iter().map(|pairing| pairing.id.as_str())));
        }
    }
    if !wanted.is_empty() {
        pairings.retain(|pairing| wanted.contains(&pairing.id));
    }
    Ok(())
}
