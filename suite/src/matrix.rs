//! Knows which case finds which defect fixture: the proof that no check is one that cannot fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::catalogue;
use crate::embedded;
use crate::model::{Binds, Build, CaseResult, Catalogue, Participant, Plan, Verdict};
use crate::plan::{self, Selection};
use crate::run::{self, Request, RunError};

/// One defect and what found it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The defect's stem.
    pub defect: String,
    /// The builds in which it exists.
    pub builds: Vec<Build>,
    /// The cases whose business it is.
    pub own: Vec<String>,
    /// The cases that failed it in every build.
    pub killed_by: Vec<String>,
    /// Its own cases that some build of it survived.
    pub survived: Vec<String>,
}

/// Cases × defect fixtures.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Sorted by defect.
    pub rows: Vec<Row>,
    /// Cases that bind a side and that no defect of theirs proves; told of all defects only.
    pub unproven: Vec<String>,
    /// Cases that bind a side, with the languages of the defects that prove them.
    pub proven: BTreeMap<String, BTreeSet<&'static str>>,
}

/// Runs the defects that fit one of these patterns, or all if there is none, through every case that binds their side.
///
/// # Errors
///
/// As for a run, and a pattern that fits no defect.
pub fn run(request: &Request, patterns: &[String]) -> Result<Matrix, RunError> {
    let catalogue = catalogue::load(embedded::FILES.iter().copied())?;
    let stems = plan::select_defects(&catalogue, patterns)?;
    let results = run::results(request, &catalogue, |facts| {
        let mut all = Plan::default();
        for stem in &stems {
            let selection = Selection { stand_in: Some((*stem).to_owned()), ..Selection::default() };
            let mut made = plan::make(&catalogue, facts, &[], &selection)?;
            let (builds, own) = builds_and_own(&catalogue, stem);
            // Clean fixtures and strange cases are met in one build: the defect tests run all that is promised.
            let one =
                if builds.contains(&Build::CMultiPhase) { Some(Build::CMultiPhase) } else { builds.first().copied() };
            made.pairings.retain(|pairing| {
                let (side, other) = match pairing.binds {
                    Binds::Producer => (&pairing.producer, &pairing.consumer),
                    _ => (&pairing.consumer, &pairing.producer),
                };
                let is = |side: &Option<Participant>, wanted: Option<Build>| match side {
                    Some(Participant::Fixture { build, .. }) => Some(*build) == wanted,
                    _ => true,
                };
                is(other, Some(Build::CMultiPhase)) && (own.contains(&pairing.case) || is(side, one))
            });
            all.pairings.append(&mut made.pairings);
        }
        Ok(all)
    })?;
    let mut matrix = assemble(&catalogue, &stems, &results);
    if patterns.is_empty() {
        let binding = catalogue.cases.iter().filter(|case| case.binds != Binds::Runtime);
        matrix.unproven = binding.map(|case| case.id.clone()).filter(|id| !matrix.proven.contains_key(id)).collect();
    }
    Ok(matrix)
}

/// The builds in which a defect exists, and the cases whose business it is.
fn builds_and_own(catalogue: &Catalogue, stem: &str) -> (Vec<Build>, BTreeSet<String>) {
    let fixtures = || catalogue.fixtures.iter().filter(|it| it.stem == stem);
    let builds = fixtures().flat_map(|it| it.builds.clone()).collect();
    (builds, fixtures().flat_map(|it| it.breaks.clone()).collect())
}

fn assemble(catalogue: &Catalogue, stems: &BTreeSet<&str>, results: &[CaseResult]) -> Matrix {
    let mut rows = Vec::new();
    let mut proven: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for stem in stems {
        let (builds, own) = builds_and_own(catalogue, stem);
        let mut failed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut tried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for result in results {
            let side = if result.binds == Binds::Producer { &result.producer } else { &result.consumer };
            let Some((_, build)) = side.as_deref().and_then(|id| id.split_once('@')).filter(|(it, _)| it == stem)
            else {
                continue;
            };
            if result.verdict != Verdict::NotApplicable {
                tried.entry(&result.case).or_default().insert(build);
            }
            if matches!(result.verdict, Verdict::Fail | Verdict::Info | Verdict::KnownDifference) {
                failed.entry(&result.case).or_default().insert(build);
            }
        }
        let killed = |case: &str| failed.get(case).is_some_and(|it| Some(it) == tried.get(case));
        for case in own.iter().filter(|case| killed(case)) {
            let languages = builds.iter().map(|build| if build.is_rust() { "Rust" } else { "C" });
            proven.entry(case.clone()).or_default().extend(languages);
        }
        rows.push(Row {
            defect: (*stem).to_owned(),
            killed_by: failed.keys().filter(|case| killed(case)).map(ToString::to_string).collect(),
            survived: own.iter().filter(|case| !killed(case)).cloned().collect(),
            own: own.into_iter().collect(),
            builds,
        });
    }
    Matrix { rows, unproven: Vec::new(), proven }
}

impl Matrix {
    /// 0 if every defect is found by each of its own cases and every case that binds a side finds one; else 1.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.unproven.is_empty() || self.rows.iter().any(|row| !row.survived.is_empty()))
    }

    /// The matrix for people: one block for each defect.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let builds: Vec<&str> = row.builds.iter().map(|build| build.word()).collect();
            line(&mut text, format_args!("{}  ({})", row.defect, builds.join(", ")));
            for case in &row.own {
                let word = if row.survived.contains(case) { "NOT found" } else { "found" };
                line(&mut text, format_args!("  {word:<9} by its own {case}"));
            }
            let others: Vec<&str> =
                row.killed_by.iter().filter(|case| !row.own.contains(case)).map(String::as_str).collect();
            if !others.is_empty() {
                line(&mut text, format_args!("  also      by {}", others.join(", ")));
            }
        }
        for case in &self.unproven {
            line(&mut text, format_args!("unproven  {case}: no defect fixture of its own fails it"));
        }
        let c_only: Vec<&str> =
            self.proven.iter().filter(|(_, it)| !it.contains("Rust")).map(|(case, _)| case.as_str()).collect();
        line(
            &mut text,
            format_args!(
                "{} defects; {} cases that bind a side are proven, {} of them in Rust too; {} unproven",
                self.rows.len(),
                self.proven.len(),
                self.proven.len() - c_only.len(),
                self.unproven.len()
            ),
        );
        text
    }
}

fn line(text: &mut String, content: std::fmt::Arguments) {
    writeln!(text, "{content}").expect("writing to a string");
}
