//! What recorded deviations make of results, and which of them are stale.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CaseResult, Difference, Interpreter, Pairing, Participant, Recorded, Verdict};
use crate::requirement;

/// A result, and what the recorded deviations that speak of it make of it.
pub type Concluded = (CaseResult, Spoken);

/// What the recorded deviations that speak of a pairing make of its result.
#[derive(Debug, Clone, Default)]
pub struct Spoken {
    /// The index of the one that it ended as.
    pub(super) met: Option<usize>,
    /// Of a pass: every one of them, for none occurred, with the result that says so.
    pub(super) gone: Vec<(usize, Box<CaseResult>)>,
}

/// The recorded deviations of one run.
#[derive(Debug, Clone, Default)]
pub struct Applicable<'a> {
    differences: Vec<&'a Difference>,
    interpreters: BTreeMap<&'a str, &'a Interpreter>,
}

impl<'a> Applicable<'a> {
    /// Those of the suite and of the manifest, over the run's interpreters.
    pub fn new(
        differences: impl IntoIterator<Item = &'a Difference>,
        interpreters: impl IntoIterator<Item = &'a Interpreter>,
    ) -> Self {
        Applicable {
            differences: differences.into_iter().collect(),
            interpreters: interpreters.into_iter().map(|it| (it.id.as_str(), it)).collect(),
        }
    }

    /// Those that speak of this pairing, each with its index.
    pub(super) fn of(&self, pairing: &Pairing) -> Vec<(usize, &'a Difference)> {
        let Some(interpreter) = self.interpreters.get(pairing.interpreter_id.as_str()) else {
            return Vec::new();
        };
        let speaks = |it: &Difference| {
            let side = |wanted: &Option<String>, have: &Option<Participant>| {
                wanted.as_ref().is_none_or(|wanted| {
                    have.as_ref().is_some_and(|have| have.id() == *wanted || have.module() == wanted)
                })
            };
            it.case == pairing.case
                && (it.rows.is_empty() || pairing.row.as_ref().is_some_and(|row| it.rows.contains(row)))
                && it.subject.as_ref().is_none_or(|subject| *subject == pairing.subject)
                && it.interpreter.as_ref().is_none_or(|wanted| requirement::meets(wanted, interpreter))
                && side(&it.producer, &pairing.producer)
                && side(&it.consumer, &pairing.consumer)
        };
        self.differences.iter().copied().enumerate().filter(|(_, it)| speaks(it)).collect()
    }
}

/// A recorded deviation is stale only if nothing that it speaks of went as recorded; the passes of the others stay passes.
pub fn settle_stale(concluded: Vec<Concluded>) -> Vec<CaseResult> {
    let alive: BTreeSet<usize> = concluded.iter().filter_map(|(_, spoken)| spoken.met).collect();
    let settled = |(result, spoken): Concluded| {
        let gone = spoken.gone.into_iter().find(|(index, _)| !alive.contains(index));
        gone.map_or(result, |(_, stale)| *stale)
    };
    concluded.into_iter().map(settled).collect()
}

/// The results of a part, each with what only the whole can settle.
pub fn leave_stale_open(concluded: Vec<Concluded>) -> Vec<CaseResult> {
    let kept = |(index, stale): (usize, Box<CaseResult>)| Recorded {
        index,
        seen: stale.expected.unwrap_or_default(),
        message: stale.message,
    };
    let open = |(mut result, spoken): Concluded| {
        let met = spoken.met.map(|index| Recorded { index, seen: String::new(), message: String::new() });
        result.recorded = met.into_iter().chain(spoken.gone.into_iter().map(kept)).collect();
        result
    };
    concluded.into_iter().map(open).collect()
}

/// Settles what the parts of a run left open.
pub fn settle_parts(results: Vec<CaseResult>) -> Vec<CaseResult> {
    let again = |mut result: CaseResult| {
        let recorded = std::mem::take(&mut result.recorded);
        let mut spoken = Spoken::default();
        for Recorded { index, seen, message } in recorded {
            if result.verdict == Verdict::KnownDifference {
                spoken.met = Some(index);
            } else {
                spoken.gone.push((index, Box::new(stale(&result, seen, message))));
            }
        }
        (result, spoken)
    };
    settle_stale(results.into_iter().map(again).collect())
}

/// What a pass is if nothing that `difference` speaks of went as recorded.
pub(super) fn stale(pass: &CaseResult, seen: String, message: String) -> CaseResult {
    CaseResult {
        verdict: Verdict::StaleDifference,
        expected: Some(seen),
        observed: Some("as the case asks".to_owned()),
        message,
        ..pass.clone()
    }
}
