//! What changed between two records: pairing by pairing, what became worse first.

use std::collections::BTreeMap;

use crate::model::{CaseResult, RunRecord, Verdict};

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// For people, a line each.
    pub text: String,
    /// A pairing that was fine is no longer, or a new one is not fine.
    pub worse: bool,
}

/// Compares two records.
pub fn diff(old: &RunRecord, new: &RunRecord) -> Changes {
    let before: BTreeMap<&str, &CaseResult> = old.results.iter().map(|it| (it.id.as_str(), it)).collect();
    let after: BTreeMap<&str, &CaseResult> = new.results.iter().map(|it| (it.id.as_str(), it)).collect();
    let (mut worse, mut better, mut other, mut came) = (Vec::new(), Vec::new(), Vec::new(), 0_usize);
    for (id, new) in &after {
        let Some(old) = before.get(id) else {
            came += 1;
            if !is_fine(new.verdict) {
                worse.push(format!("{id}: new, {}", told(new)));
            }
            continue;
        };
        if (old.verdict, &old.observed) == (new.verdict, &new.observed) {
            continue;
        }
        let line = format!("{id}: {}, was {}", told(new), told(old));
        match (is_fine(old.verdict), is_fine(new.verdict)) {
            (true, false) => worse.push(line),
            (false, true) => better.push(line),
            _ => other.push(line),
        }
    }
    let gone = before.keys().filter(|id| !after.contains_key(**id)).count();
    let mut text = String::new();
    for (word, lines) in [("worse", &worse), ("better", &better), ("other", &other)] {
        for line in lines {
            text.push_str(&format!("{word:<7} {line}\n"));
        }
    }
    let (up, down, aside) = (worse.len(), better.len(), other.len());
    text.push_str(&format!("{up} worse, {down} better, {aside} changed otherwise, {came} new, {gone} gone\n"));
    Changes { text, worse: !worse.is_empty() }
}

/// What does not keep a run from being conformant.
fn is_fine(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Info | Verdict::KnownDifference | Verdict::NotApplicable)
}

fn told(result: &CaseResult) -> String {
    let seen = result.observed.as_deref().or(Some(result.message.as_str()).filter(|it| !it.is_empty()));
    let seen = seen.and_then(|it| it.lines().next()).map(|it| format!(" ({it})")).unwrap_or_default();
    format!("{}{seen}", result.verdict.word())
}
