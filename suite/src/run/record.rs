//! Puts the record of a run together: what was asked, what came of it, and how to repeat each part; nothing private in it.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{DEFAULT_TIMEOUT, Request};
use crate::conclude::{self, Applicable, Attempts, FailOn};
use crate::embedded;
use crate::model::{
    Binds, CaseResult, Catalogue, ConsumedRecord, Consumes, Facts, Interpreter, InterpreterRecord, Pairing, Plan,
    PlanRecord, Problem, ProducedRecord, RunRecord, ShardRecord, SourceLine, SuiteRecord, TargetFacts, TargetRecord,
};
use crate::report::SCHEMA;

/// The only part there is.
pub(super) const WHOLE: ShardRecord = ShardRecord { index: 1, of: 1 };

/// The record of a run over its plan.
pub(super) fn record(
    request: &Request,
    catalogue: &Catalogue,
    facts: Facts,
    plan: &Plan,
    whole: &PlanRecord,
    attempts: &[Option<Attempts>],
    build_problems: Vec<Problem>,
) -> RunRecord {
    let known = request.manifest.iter().flat_map(|manifest| &manifest.known);
    let differences = Applicable::new(catalogue.differences.iter().chain(known), &facts.interpreters);
    let concluded = plan.pairings.iter().zip(attempts).map(|(pairing, attempts)| {
        let rerun = rerun(request, &facts.interpreters[pairing.interpreter], pairing);
        conclude::result(pairing, attempts.as_ref(), &differences, rerun)
    });
    let part = whole.shard.of > 1;
    let settle = if part { conclude::leave_stale_open } else { conclude::settle_stale };
    let mut results: Vec<CaseResult> = settle(concluded.collect());
    let private = private_folders(request, &facts);
    for result in &mut results {
        result.source = source(&facts, result);
        let texts = [Some(&mut result.message), result.observed.as_mut(), result.output.as_mut()];
        let recorded = result.recorded.iter_mut().map(|it| &mut it.message);
        let timeline = result.timeline.iter_mut().map(|it| &mut it.text);
        texts.into_iter().flatten().chain(recorded).chain(timeline).for_each(|text| hide_private(text, &private));
    }
    let mut problems = facts.problems;
    problems.extend(build_problems);
    problems.extend(lost_hosts(attempts));
    problems.extend(conclude::unanswered(&plan.pairings, attempts));
    for problem in &mut problems {
        hide_private(&mut problem.message, &private);
    }
    let summary = conclude::summary(&results);
    let unverified_must = if part { Vec::new() } else { conclude::unverified_must(&results) };
    let code = |fail_on| {
        if part {
            conclude::shard_exit_code(&summary, whole.pairings, &problems, fail_on)
        } else {
            conclude::exit_code(&summary, unverified_must.len(), &problems, fail_on)
        }
    };
    RunRecord {
        schema: SCHEMA.to_owned(),
        suite: SuiteRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cases: catalogue.cases.len(),
            digest: embedded::digest(),
        },
        plan: whole.clone(),
        interpreters: facts.interpreters.iter().map(interpreter_record).collect(),
        targets: facts.targets.iter().map(|it| target_record(request, it)).collect(),
        planned: results.len(),
        conformant: code(FailOn::Must) == 0,
        exit_code: code(request.fail_on),
        results,
        unverified_must,
        problems,
        summary,
        complete: true,
    }
}

fn interpreter_record(it: &Interpreter) -> InterpreterRecord {
    InterpreterRecord {
        id: it.id.clone(),
        implementation: it.implementation.clone(),
        version: it.version.clone(),
        debug: it.debug,
        free_threaded: it.free_threaded,
    }
}

fn target_record(request: &Request, target: &TargetFacts) -> TargetRecord {
    let produces = target.produces.iter().map(|capsule| ProducedRecord {
        path: capsule.path.clone(),
        aliases: capsule.aliases.clone(),
        name: capsule.name.as_ref().map(|name| String::from_utf8_lossy(name).into_owned()),
        convention: capsule.convention.clone(),
        how: capsule.how.clone(),
    });
    TargetRecord {
        module: target.module.clone(),
        version: target.version.clone(),
        interpreter: target.interpreter.clone(),
        produces: produces.collect(),
        consumes: consumed(request, target),
    }
}

/// What a target was seen to take, and what its manifest says besides.
fn consumed(request: &Request, target: &TargetFacts) -> Vec<ConsumedRecord> {
    let entries = request.targets.iter().filter(|it| it.module.as_ref() == Some(&target.module));
    let declared = entries.flat_map(|it| &it.consumes).filter_map(|it| consumed_record(&target.module, it));
    let mut consumes = target.consumes.clone();
    for record in declared {
        let is_it = |place: &str| {
            let aliases = target.consumed.iter().find(|(path, _)| *path == record.path);
            place == record.path || aliases.is_some_and(|(_, aliases)| aliases.iter().any(|it| it == place))
        };
        if !consumes.iter().any(|it| is_it(&it.path)) {
            consumes.push(record);
        }
    }
    consumes
}

/// A capsule that the manifest says the target takes. The API function is not declared.
fn consumed_record(module: &str, declared: &Consumes) -> Option<ConsumedRecord> {
    let path = declared.capsule.as_ref().or(declared.call.as_ref())?.clone();
    let name = if declared.unnamed { None } else { declared.name.clone().or_else(|| declared.capsule.clone()) };
    Some(ConsumedRecord { path, name, by: module.to_owned(), via: None })
}

/// Where the target that a finding is about makes or takes the capsule.
fn source(facts: &Facts, result: &CaseResult) -> Option<SourceLine> {
    let side = if result.binds == Binds::Consumer { &result.consumer } else { &result.producer };
    let is_it = |it: &&TargetFacts| Some(&it.module) == side.as_ref() && it.interpreter == result.interpreter;
    let target = facts.targets.iter().find(is_it).filter(|_| result.verdict.is_told())?;
    target.line(result.binds, &result.subject).cloned()
}

/// Each host that went away is a problem of its own, however many pairings it took along.
fn lost_hosts(attempts: &[Option<Attempts>]) -> Vec<Problem> {
    let reasons: BTreeSet<&String> = attempts.iter().flatten().filter_map(|it| it.first.lost.as_ref()).collect();
    reasons
        .into_iter()
        .map(|reason| Problem { what: "host".to_owned(), r#where: "execute".to_owned(), message: reason.clone() })
        .collect()
}

/// What is said of a plan, of which this run is a part or the whole.
pub(super) fn plan_record(plan: &Plan, shard: Option<ShardRecord>) -> PlanRecord {
    PlanRecord {
        digest: plan_digest(&embedded::digest(), plan.pairings.iter().map(|it| it.id.as_str())),
        pairings: plan.pairings.len(),
        shard: shard.unwrap_or(WHOLE),
    }
}

/// Of the suite, and of the ids of all pairings in order.
pub(super) fn plan_digest<'a>(suite: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(suite);
    for id in ids {
        hasher.update(id);
        hasher.update([0]);
    }
    format!("sha256:{}", embedded::hex(&hasher.finalize()))
}

/// The command that repeats one pairing; every option that changes what it does is in it.
fn rerun(request: &Request, interpreter: &Interpreter, pairing: &Pairing) -> String {
    let mut words = vec!["capsule-conformance".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quoted(value)]);
    if let Some(target) = &pairing.target {
        option("--target", target);
    }
    for folder in &request.participants {
        option("--participant", &folder.display().to_string());
    }
    if let Some(python) = &interpreter.asked {
        option("--python", python);
    }
    if let Some(wheel) = &request.wheel {
        option("--wheel", &wheel.display().to_string());
    }
    for folder in &request.path {
        option("--path", &folder.display().to_string());
    }
    if let Some(file) = request.manifest.as_ref().and_then(|it| it.file.as_ref()) {
        option("--config", &file.display().to_string());
    }
    if let Some(file) = &request.baseline {
        option("--baseline", &file.display().to_string());
    }
    if request.timeout != DEFAULT_TIMEOUT {
        option("--timeout", &request.timeout.as_secs_f64().to_string());
    }
    option("--pairing", &pairing.id);
    words.join(" ")
}

fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// What must not appear in a report: folders that differ between machines and runs, and what to write instead.
fn private_folders(request: &Request, facts: &Facts) -> Vec<(String, &'static str)> {
    let mut private = vec![(request.cache.root.display().to_string(), "<cache>")];
    for folder in facts.interpreters.iter().flat_map(|it| &it.includes) {
        // …/include/python3.12 lies in the interpreter's own folder.
        if let Some(prefix) = folder.ancestors().nth(2).filter(|it| it.components().count() > 2) {
            private.push((prefix.display().to_string(), "<python>"));
        }
    }
    private.push((std::env::temp_dir().display().to_string(), "<tmp>"));
    private
}

fn hide_private(text: &mut String, private: &[(String, &'static str)]) {
    for (folder, stand_in) in private {
        *text = text.replace(folder.as_str(), stand_in);
    }
    *text = conclude::without_addresses(text);
}

/// The record of a run that could not begin, so that every report asked for is still written.
pub fn empty_record(problem: Problem) -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        suite: SuiteRecord { version: env!("CARGO_PKG_VERSION").to_owned(), cases: 0, digest: embedded::digest() },
        plan: plan_record(&Plan::default(), None),
        interpreters: Vec::new(),
        targets: Vec::new(),
        planned: 0,
        results: Vec::new(),
        unverified_must: Vec::new(),
        problems: vec![problem],
        summary: crate::model::Summary::default(),
        conformant: false,
        exit_code: 3,
        complete: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rerun_line_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("names::a/-/m/cpython-3.12.1/m/m._C_API"), "names::a/-/m/cpython-3.12.1/m/m._C_API");
        assert_eq!(quoted("a[row]"), "'a[row]'");
        assert_eq!(quoted("open('x')"), r"'open('\''x'\'')'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn private_folders_are_named_by_what_they_are() {
        let mut text = "in /home/a/cache/artifacts and /home/a".to_owned();
        hide_private(&mut text, &[("/home/a/cache".to_owned(), "<cache>")]);
        assert_eq!(text, "in <cache>/artifacts and /home/a");
    }
}
