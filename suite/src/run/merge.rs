//! Makes one record of the parts of a run, and proves that they are all of one plan and all there.

use std::collections::BTreeMap;

use super::record::{WHOLE, plan_digest};
use crate::conclude::{self, FailOn};
use crate::model::{PlanRecord, Problem, RunRecord};
use crate::shard;

/// Parts that do not make a whole.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// No report at all.
    #[error("there is nothing to merge; name the report of each shard")]
    Nothing,
    /// Of another plan, another number of parts, or run under something else.
    #[error("{file} is no shard of the same plan as {first}: {what} differs; run all shards with the same options")]
    Foreign {
        /// The report.
        file: String,
        /// The one it was compared with.
        first: String,
        /// What differs.
        what: &'static str,
    },
    /// A part is there twice.
    #[error("shard {index}/{of} is there twice: {first} and {second}")]
    Doubled {
        /// Which.
        index: u32,
        /// Of how many.
        of: u32,
        /// One report.
        first: String,
        /// The other.
        second: String,
    },
    /// Parts are not there.
    #[error("shards are missing: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A report that holds other results than its part has.
    #[error("{file} holds a result that is not of its shard: {id}")]
    Astray {
        /// The report.
        file: String,
        /// The result.
        id: String,
    },
    /// All parts are there, and what they hold is not the plan.
    #[error("the shards do not hold the {pairings} pairings of their plan; run them again")]
    Incomplete {
        /// How many the plan has.
        pairings: usize,
    },
}

/// One record of all parts, each with the name of its file. It judges what no part can: coverage and staleness.
///
/// # Errors
///
/// They are not all the parts of one plan.
pub fn merge(parts: Vec<(String, RunRecord)>, fail_on: FailOn) -> Result<RunRecord, MergeError> {
    check(&parts)?;
    let mut records = parts.into_iter().map(|(_, record)| record);
    let mut whole = records.next().ok_or(MergeError::Nothing)?;
    for record in records {
        whole.results.extend(record.results);
        let new: Vec<Problem> = record.problems.into_iter().filter(|it| !whole.problems.contains(it)).collect();
        whole.problems.extend(new);
    }
    whole.results.sort_by(|a, b| a.id.cmp(&b.id));
    let digest = plan_digest(&whole.suite.digest, whole.results.iter().map(|it| it.id.as_str()));
    if digest != whole.plan.digest {
        return Err(MergeError::Incomplete { pairings: whole.plan.pairings });
    }
    whole.results = conclude::settle_parts(whole.results);
    whole.plan = PlanRecord { shard: WHOLE, ..whole.plan };
    whole.planned = whole.results.len();
    whole.summary = conclude::summary(&whole.results);
    whole.unverified_must = conclude::unverified_must(&whole.results);
    let code = |fail_on| conclude::exit_code(&whole.summary, whole.unverified_must.len(), &whole.problems, fail_on);
    (whole.conformant, whole.exit_code) = (code(FailOn::Must) == 0, code(fail_on));
    Ok(whole)
}

fn check(parts: &[(String, RunRecord)]) -> Result<(), MergeError> {
    let (first, model) = parts.first().ok_or(MergeError::Nothing)?;
    let mut there: BTreeMap<u32, &str> = BTreeMap::new();
    for (file, record) in parts {
        let compared = [
            ("the suite", record.suite == model.suite),
            ("the plan", record.plan.digest == model.plan.digest && record.plan.pairings == model.plan.pairings),
            ("the number of shards", record.plan.shard.of == model.plan.shard.of),
            ("the interpreters", record.interpreters == model.interpreters),
            ("what the targets hold", record.targets == model.targets),
        ];
        if let Some((what, _)) = compared.into_iter().find(|(_, same)| !same) {
            return Err(MergeError::Foreign { file: file.clone(), first: first.clone(), what });
        }
        let shard = record.plan.shard;
        if let Some(other) = there.insert(shard.index, file) {
            let (first, second) = (other.to_owned(), file.clone());
            return Err(MergeError::Doubled { index: shard.index, of: shard.of, first, second });
        }
        if let Some(result) = record.results.iter().find(|it| !shard::holds(shard, &it.id)) {
            return Err(MergeError::Astray { file: file.clone(), id: result.id.clone() });
        }
    }
    let of = model.plan.shard.of;
    let missing: Vec<String> =
        (1..=of).filter(|index| !there.contains_key(index)).map(|index| format!("{index}/{of}")).collect();
    if missing.is_empty() { Ok(()) } else { Err(MergeError::Missing(missing)) }
}
