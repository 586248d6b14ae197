//! What several formats say of findings: which pairings share one, where it was seen, and how the run ended.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{CaseResult, RunRecord, Verdict};

/// Findings with the same case, row, subject and outcome are one finding with several places.
type Group<'a> = BTreeMap<(&'a str, Option<&'a str>, &'a str, Option<&'a str>, Option<&'a str>), Vec<&'a CaseResult>>;

/// The results with this verdict, those together that share a finding; at least one in each.
pub(super) fn groups(record: &RunRecord, verdict: Verdict) -> Vec<Vec<&CaseResult>> {
    let mut groups: Group = BTreeMap::new();
    for result in record.results.iter().filter(|it| it.verdict == verdict) {
        let key = (
            result.case.as_str(),
            result.row.as_deref(),
            result.subject.as_str(),
            result.expected.as_deref(),
            result.observed.as_deref(),
        );
        groups.entry(key).or_default().push(result);
    }
    groups.into_values().collect()
}

/// A finding for people, and what else a target fails that has, as far as can be told, the same cause.
pub(super) struct Told<'a> {
    /// The pairings that share it; at least one.
    pub(super) results: Vec<&'a CaseResult>,
    /// The others, in the order of the report.
    pub(super) also: Vec<&'a CaseResult>,
}

/// The findings with this verdict, the gravest first. With `together`, a target that fails in one way where several cases
/// or rows ask about one capsule is told once: it takes one repair.
pub(super) fn told(record: &RunRecord, verdict: Verdict, together: bool) -> Vec<Told<'_>> {
    let mut groups = groups(record, verdict);
    // Among equals the case goes first that the most was seen of: a crash is told by what asks for no crash.
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for results in &groups {
        *sizes.entry(&results[0].case).or_default() += 1;
    }
    groups
        .sort_by_key(|results| Reverse((results[0].level, if together { sizes[results[0].case.as_str()] } else { 0 })));
    let mut told: Vec<Told> = Vec::new();
    for results in groups {
        let same = told.iter_mut().find(|it| {
            let mut known = it.results.first().into_iter().chain(&it.also);
            together && known.any(|known| have_one_cause(known, results[0]))
        });
        match same {
            Some(finding) => finding.also.extend(results),
            None => told.push(Told { results, also: Vec::new() }),
        }
    }
    told
}

/// Whether two findings about a target are one: the process died in the same way, or the same exception came where the
/// case or the row is the same.
fn have_one_cause(one: &CaseResult, other: &CaseResult) -> bool {
    let is_target = |it: &CaseResult| it.consumer.iter().chain(&it.producer).any(|side| !side.contains('@'));
    let class = |it: &CaseResult| it.observed.as_deref().and_then(|seen| seen.split(':').next()).map(str::to_owned);
    let is_alike = match one.end.as_str() {
        "returned" => class(one) == class(other) && (one.case == other.case || one.row == other.row),
        _ => true,
    };
    is_target(one)
        && (&one.subject, &one.producer, &one.consumer, &one.end)
            == (&other.subject, &other.producer, &other.consumer, &other.end)
        && is_alike
}

/// What else a target fails, by case: `import_chain::consumer_survives[misnamed, none]`.
pub(super) fn others(results: &[&CaseResult]) -> Vec<String> {
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in results {
        let rows = rows.entry(&result.case).or_default();
        rows.extend(result.row.as_deref().filter(|row| !rows.contains(row)));
    }
    let line = |(case, rows): (&str, Vec<&str>)| match rows.as_slice() {
        [] => case.to_owned(),
        rows => format!("{case}[{}]", rows.join(", ")),
    };
    rows.into_iter().map(line).collect()
}

/// The case, with its row.
pub(super) fn title(result: &CaseResult) -> String {
    match &result.row {
        Some(row) => format!("{}[{row}]", result.case),
        None => result.case.clone(),
    }
}

/// Who met whom, and under which interpreter.
pub(super) fn place(result: &CaseResult) -> String {
    let sides: Vec<&str> = [result.producer.as_deref(), result.consumer.as_deref()].into_iter().flatten().collect();
    let sides = if sides.is_empty() { "the runtime".to_owned() } else { sides.join(" → ") };
    format!("{sides} on {}", result.interpreter)
}

/// The places of one finding, the first few by name.
pub(super) fn places(results: &[&CaseResult], shown: usize) -> String {
    let places: Vec<String> = results.iter().take(shown).map(|result| place(result)).collect();
    let more = results.len().saturating_sub(shown);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", places.join(", "))
}

/// What the counts say, in words: `3 passed, 1 broke a must`.
pub(super) fn counts(record: &RunRecord) -> String {
    let summary = &record.summary;
    let parts = [
        (summary.pass, "passed".to_owned()),
        (summary.fail.must, "broke a must".to_owned()),
        (summary.fail.should, "broke a should".to_owned()),
        (summary.info, "for information".to_owned()),
        (summary.known_difference, plural(summary.known_difference, "known difference")),
        (summary.stale_difference, plural(summary.stale_difference, "stale difference")),
        (summary.not_applicable, "not applicable".to_owned()),
        (summary.unverified, "unverified".to_owned()),
        (summary.error, "could not be told".to_owned()),
    ];
    let said = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
    said.collect::<Vec<_>>().join(", ")
}

/// How the run ended, in words.
pub(super) fn answer(record: &RunRecord) -> String {
    match record.exit_code {
        0 if !record.conformant => "findings, not counted (--fail-on)".to_owned(),
        0 => "conformant".to_owned(),
        1 => "not conformant".to_owned(),
        3 => "could not tell".to_owned(),
        4 => "a recorded deviation no longer occurs".to_owned(),
        70 => "a bug of the suite itself".to_owned(),
        code => format!("exit code {code}"),
    }
}

/// What the counts are of: `12 pairings on cpython-3.12.1`.
pub(super) fn extent(record: &RunRecord) -> String {
    let interpreters: Vec<&str> = record.interpreters.iter().map(|it| it.id.as_str()).collect();
    let planned = record.planned as u64;
    match planned {
        0 => "nothing was run".to_owned(),
        _ => format!("{planned} {} on {}", plural(planned, "pairing"), interpreters.join(", ")),
    }
}

/// A word for one or several.
pub(super) fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
