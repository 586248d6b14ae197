//! The report for code scanning: SARIF 2.1.0, a rule for each case, a result for each finding.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Style;
use super::finding::{place, title};
use crate::model::{Binds, Case, CaseResult, Level, RunRecord, Verdict};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Names the way a fingerprint is made; another way needs another name.
const FINGERPRINT: &str = "pairing/v1";

pub(super) fn write(record: &RunRecord, style: Style) -> String {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let findings: Vec<&CaseResult> = record.results.iter().filter(|it| it.verdict.is_told()).collect();
    for result in &findings {
        rules.insert(&result.case, 0);
    }
    for (index, place) in rules.values_mut().enumerate() {
        *place = index;
    }
    let results: Vec<Value> =
        findings.iter().map(|result| finding(result, rules[result.case.as_str()], style)).collect();
    let rules: Vec<Value> = rules.keys().map(|id| rule(id, style.case(id))).collect();
    let driver = json!({
        "name": "capsule-conformance",
        "version": record.suite.version,
        "informationUri": "https://docs.python.org/3/c-api/capsule.html",
        "rules": rules,
    });
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "invocations": [invocation(record)],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a record is plain data");
    text.push('\n');
    text
}

fn rule(id: &str, case: Option<&Case>) -> Value {
    let Some(case) = case else {
        return json!({"id": id});
    };
    let help = format!("{}\n\nSource: {}", case.why, case.spec);
    let markdown = format!("{}\n\n[Source]({})", case.why, case.spec);
    json!({
        "id": id,
        "shortDescription": {"text": case.summary},
        "fullDescription": {"text": case.why},
        "help": {"text": help, "markdown": markdown},
        "helpUri": case.spec,
        "defaultConfiguration": {"level": level(case.level)},
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::Info => "note",
    }
}

fn finding(result: &CaseResult, rule: usize, style: Style) -> Value {
    let level = if result.verdict == Verdict::StaleDifference { "warning" } else { level(result.level) };
    let mut sarif = Map::new();
    sarif.insert("ruleId".to_owned(), json!(result.case));
    sarif.insert("ruleIndex".to_owned(), json!(rule));
    sarif.insert("level".to_owned(), json!(level));
    sarif.insert("message".to_owned(), json!({"text": message(result)}));
    sarif.insert("locations".to_owned(), json!([location(result, style)]));
    sarif.insert("partialFingerprints".to_owned(), json!({FINGERPRINT: result.id}));
    if result.verdict == Verdict::KnownDifference {
        let suppression = json!({"kind": "external", "status": "accepted", "justification": result.message});
        sarif.insert("suppressions".to_owned(), json!([suppression]));
    }
    let properties = json!({
        "verdict": result.verdict,
        "row": result.row,
        "phase": result.phase,
        "interpreter": result.interpreter,
        "rerun": result.rerun,
    });
    sarif.insert("properties".to_owned(), properties);
    Value::Object(sarif)
}

fn message(result: &CaseResult) -> String {
    let mut text = format!("{}: {}.", title(result), place(result));
    for (word, value) in [("Expected", &result.expected), ("Seen", &result.observed)] {
        if let Some(value) = value {
            text.push_str(&format!("\n{word}: {value}"));
        }
    }
    if !result.message.is_empty() {
        text.push_str(&format!("\n{}", result.message));
    }
    text.push_str(&format!("\nRerun: {}", result.rerun));
    text
}

/// The line where the capsule is made or taken; without one, the manifest that declares it, else its module's name.
fn location(result: &CaseResult, style: Style) -> Value {
    let physical = match (&result.source, style.manifest) {
        (Some(source), _) => {
            json!({"artifactLocation": {"uri": uri(&source.file)}, "region": {"startLine": source.line}})
        }
        (None, Some(file)) => json!({"artifactLocation": {"uri": uri(file)}}),
        (None, None) => json!({"artifactLocation": {"uri": uri(&module(result).replace('.', "/"))}}),
    };
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": result.subject, "kind": "member"}],
    })
}

/// The module of the side that is bound; a runtime case has none, and stands for the interpreter.
fn module(result: &CaseResult) -> &str {
    let side = match result.binds {
        Binds::Producer => result.producer.as_deref(),
        Binds::Consumer => result.consumer.as_deref(),
        Binds::Runtime => None,
    };
    side.map_or(result.interpreter.as_str(), |id| id.split('@').next().unwrap_or(id))
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

/// What the run could not tell is no result, and no silence either.
fn invocation(record: &RunRecord) -> Value {
    let mut notifications = Vec::new();
    let mut notify = |level: &str, text: String| notifications.push(json!({"level": level, "message": {"text": text}}));
    for problem in &record.problems {
        let level = if problem.what == "build" { "warning" } else { "error" };
        notify(level, format!("{}: {}", problem.r#where, problem.message));
    }
    for must in &record.unverified_must {
        let (case, subject, interpreter) = (&must.case, &must.subject, &must.interpreter);
        notify("error", format!("not verified: {case} for {subject} on {interpreter}: {}", must.reason));
    }
    for result in record.results.iter().filter(|it| matches!(it.verdict, Verdict::Error | Verdict::Unverified)) {
        let level = if result.verdict == Verdict::Error { "error" } else { "warning" };
        notify(level, format!("{}: {}: {}", result.verdict.word(), result.id, result.message));
    }
    json!({
        "executionSuccessful": !matches!(record.exit_code, 3 | 70),
        "exitCode": record.exit_code,
        "toolExecutionNotifications": notifications,
    })
}
