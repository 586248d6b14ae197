//! The reports for other programs, read by other programs' rules.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use capsule_conformance::model::{Case, RunRecord, Verdict};
use capsule_conformance::report::{self, Format, Style};
use clap::ValueEnum;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::record;
use crate::support::{self, extension};

fn written(format: Format, record: &RunRecord) -> String {
    format.write(record, Style::default())
}

/// Counts of a `JUnit` file, by the element that says how a test case ended.
fn junit_counts(text: &str) -> BTreeMap<String, usize> {
    let document = roxmltree::Document::parse(text).expect("JUnit is XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let mut counts = BTreeMap::new();
    for case in root.descendants().filter(|it| it.has_tag_name("testcase")) {
        let ends = ["failure", "error", "skipped"];
        let end = case.children().map(|it| it.tag_name().name()).find(|it| ends.contains(it)).unwrap_or("passed");
        *counts.entry(end.to_owned()).or_default() += 1;
    }
    let declared = |key: &str| root.attribute(key).and_then(|it| it.parse::<usize>().ok()).unwrap_or_default();
    assert_eq!(declared("tests"), counts.values().sum::<usize>());
    assert_eq!(declared("failures"), counts.get("failure").copied().unwrap_or_default());
    assert_eq!(declared("errors"), counts.get("error").copied().unwrap_or_default());
    counts
}

fn expected_junit(record: &RunRecord) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let blind = record.problems.iter().filter(|it| it.what != "build").count();
    for _ in 0..record.unverified_must.len() + blind {
        *counts.entry("error".to_owned()).or_default() += 1;
    }
    for result in &record.results {
        let end = match result.verdict {
            Verdict::Pass | Verdict::Info | Verdict::KnownDifference => "passed",
            Verdict::Fail | Verdict::StaleDifference => "failure",
            Verdict::NotApplicable | Verdict::Unverified => "skipped",
            Verdict::Error => "error",
        };
        *counts.entry(end.to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn junit_counts_every_pairing_once() {
    for record in [record::everything(), record::nothing_wrong()] {
        assert_eq!(junit_counts(&written(Format::Junit, &record)), expected_junit(&record));
    }
}

#[test]
fn junit_never_passes_what_was_not_told() {
    let text = written(Format::Junit, &record::everything());
    let document = roxmltree::Document::parse(&text).expect("JUnit is XML");
    for case in document.descendants().filter(|it| it.has_tag_name("testcase")) {
        let property = |key: &str| {
            let mut all = case.descendants().filter(|it| it.has_tag_name("property"));
            all.find(|it| it.attribute("name") == Some(key)).and_then(|it| it.attribute("value"))
        };
        if matches!(property("verdict"), Some("unverified" | "not applicable")) {
            let skipped = case.children().find(|it| it.has_tag_name("skipped")).expect("it is skipped");
            assert!(skipped.attribute("message").is_some_and(|it| !it.is_empty()), "without a reason");
        }
    }
}

#[test]
fn junit_of_a_run_that_could_not_begin_is_red() {
    let nothing = capsule_conformance::run::empty_record(record::problem());
    assert_eq!(junit_counts(&written(Format::Junit, &nothing)), BTreeMap::from([("error".to_owned(), 1)]));
}

#[test]
fn junit_groups_pairings_by_case() {
    assert_snapshot!(written(Format::Junit, &record::everything()));
}

/// The schema of OASIS as published, but for one pattern: its stray `]` is a letter to JavaScript and a mistake to others.
fn oasis() -> jsonschema::Validator {
    let text = include_str!("schema/sarif-2.1.0.json").replace("[a-zA-Z]{2}]?$", r"[a-zA-Z]{2}\\]?$");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
}

#[track_caller]
fn sarif(record: &RunRecord, style: Style) -> Value {
    assert_sarif(&Format::Sarif.write(record, style))
}

#[track_caller]
pub(crate) fn assert_sarif(text: &str) -> Value {
    let validator = oasis();
    let log: Value = serde_json::from_str(text).expect("SARIF is JSON");
    let mistakes: Vec<String> = validator.iter_errors(&log).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    log
}

/// Cases that the canned record speaks of, made from the suite's own.
fn cases() -> Vec<Case> {
    let suite = support::suite();
    let ids = record::everything().results.into_iter().map(|it| it.case);
    let spec = || "https://example.org/spec".to_owned();
    ids.zip(suite.cases).map(|(id, case)| Case { id, spec: spec(), ..case }).collect()
}

#[test]
fn sarif_keeps_to_the_schema_of_oasis() {
    let cases = cases();
    for style in [Style::default(), Style { cases: &cases, manifest: Some("a b/c.toml"), ..Style::default() }] {
        sarif(&record::everything(), style);
        sarif(&record::nothing_wrong(), style);
        sarif(&capsule_conformance::run::empty_record(record::problem()), style);
    }
}

#[test]
fn the_schema_of_oasis_refuses_what_is_no_sarif() {
    let validator = oasis();
    let mut log = sarif(&record::everything(), Style::default());
    log["runs"][0]["results"][0]["level"] = json!("must");
    assert!(!validator.is_valid(&log));
}

#[test]
fn sarif_has_a_rule_for_each_finding_and_a_level_for_each() {
    let cases = cases();
    let log = sarif(&record::everything(), Style { cases: &cases, manifest: Some("m.toml"), ..Style::default() });
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results are a list");
    let mut prints = std::collections::BTreeSet::new();
    let mut lines = Vec::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["helpUri"].as_str().is_some_and(|it| it.starts_with("https://")), "{rule}");
        assert!(prints.insert(result["partialFingerprints"].to_string()), "two findings with one fingerprint");
        let place = &result["locations"][0]["physicalLocation"];
        let known = &place["region"]["startLine"];
        assert_eq!(place["artifactLocation"]["uri"], if known.is_null() { "m.toml" } else { "src/a%20b.c" });
        lines.extend(known.as_u64());
        assert_eq!(result["suppressions"].is_array(), result["properties"]["verdict"] == "known_difference");
    }
    assert_eq!(lines, [7]);
    let levels: Vec<&str> = results.iter().filter_map(|it| it["level"].as_str()).collect();
    for level in ["error", "warning", "note"] {
        assert!(levels.contains(&level), "{levels:?}");
    }
    assert!(!run["invocations"][0]["toolExecutionNotifications"].as_array().expect("a list").is_empty());
}

#[test]
fn markdown_shows_findings_in_a_table() {
    let cases = cases();
    assert_snapshot!(Format::Markdown.write(&record::everything(), Style { cases: &cases, ..Style::default() }));
}

#[test]
fn markdown_cannot_be_broken_by_what_was_seen() {
    let mut record = record::everything();
    for result in &mut record.results {
        result.observed = Some("a | b `c` <img src=x>\nnext\u{1b}[31m".to_owned());
        result.output = Some("```\n</details>\n".to_owned());
    }
    assert_snapshot!(written(Format::Markdown, &record));
}

#[test]
fn github_annotates_findings() {
    let style = Style { manifest: Some("a,b.toml"), ..Style::default() };
    assert_snapshot!(Format::Github.write(&record::everything(), style));
}

#[test]
fn github_gets_no_more_than_it_shows() {
    let mut record = record::everything();
    let fail = record.results.iter().find(|it| it.verdict == Verdict::Fail).expect("there is one").clone();
    record.results.extend((0..40).map(|index| {
        let mut more = fail.clone();
        more.subject = format!("subject_{index:02}");
        more.message = "50%\r\n::error::not one".to_owned();
        more
    }));
    let text = written(Format::Github, &record);
    for kind in ["error", "warning", "notice"] {
        let count = text.lines().filter(|line| line.starts_with(&format!("::{kind} "))).count();
        assert!(count <= 10, "{count} of kind {kind}");
    }
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
    assert!(text.contains("50%25%0D%0A::error::not one"), "{text}");
    assert!(text.contains(" more errors; the other reports have them all"), "{text}");
}

#[test]
fn a_badge_says_each_answer() {
    let badge = |exit_code, conformant| {
        let record = RunRecord { exit_code, conformant, ..record::nothing_wrong() };
        serde_json::from_str::<Value>(&written(Format::Badge, &record)).expect("a badge is JSON")
    };
    let conformant = badge(0, true);
    assert_eq!(
        conformant,
        json!({"schemaVersion": 1, "label": "capsules", "message": "conformant", "color": "brightgreen"})
    );
    assert_eq!(badge(3, false)["message"], "could not tell");
    assert_eq!(badge(4, false)["message"], "stale deviation");
    let findings: Value = serde_json::from_str(&written(Format::Badge, &record::everything())).expect("JSON");
    assert_eq!((&findings["message"], &findings["color"]), (&json!("3 findings"), &json!("red")));
}

/// The data within an HTML page.
#[track_caller]
fn html_data(page: &str) -> Value {
    let rest = page.split("id=\"data\">").nth(1).expect("a page has data");
    serde_json::from_str(rest.split("</script>").next().unwrap_or_default()).expect("the data is JSON")
}

#[test]
fn a_page_holds_every_result_and_nothing_of_a_text_becomes_markup() {
    let mut record = record::everything();
    let hostile = "</script><img src=x onerror=alert(1)><!--{{data}}\u{2028}";
    record.targets[0].module.push_str(hostile);
    record.problems[0].message.push_str(hostile);
    record.suite.version.push_str(hostile);
    for result in &mut record.results {
        result.message.push_str(hostile);
        result.subject.push_str(hostile);
    }
    for page in
        [written(Format::Html, &record), Format::Html.write(&record, Style { cases: &cases(), ..Style::default() })]
    {
        let data = html_data(&page);
        assert_eq!(data["results"].as_array().map(Vec::len), Some(record.results.len()));
        let texts = data["texts"].as_array().expect("texts are a list");
        assert!(texts.iter().any(|it| it.as_str().is_some_and(|it| it.ends_with(hostile))), "texts stay as they are");
        assert!(!page.contains("<img"), "a text became markup");
        assert_eq!(page.matches("</script>").count(), 2, "a text ended a script");
    }
}

#[test]
fn a_page_fetches_nothing() {
    let page = Format::Html.write(&record::everything(), Style { cases: &cases(), ..Style::default() });
    for word in ["src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link rel=\"stylesheet", "import("] {
        assert!(!page.contains(word), "the page has `{word}`");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_page_says_what_it_can_without_a_script() {
    let page = written(Format::Html, &record::everything());
    for said in ["not conformant", "1 broke a should", "cargo is missing", "family::is_not_built for fast_math"] {
        assert!(page.contains(said), "the page does not say `{said}`");
    }
    let nothing = capsule_conformance::run::empty_record(record::problem());
    let page = written(Format::Html, &nothing);
    assert!(page.contains("nothing was run") && page.contains("could not tell"), "{page}");
    assert_eq!(html_data(&page)["results"], json!([]));
}

/// One run on a module with a finding, in every format at once: each file holds what the record says.
#[test]
fn a_real_run_writes_every_format_to_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = "misnames_its_capsule";
    extension::build(module, folder.path());
    let formats = ["json", "junit", "sarif", "html", "markdown", "github", "badge"];
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
        .current_dir(folder.path())
        .args(["--target", module, "--path", ".", "--case", "names::*", "--quiet", "--cache"])
        .arg(support::cache_folder())
        .args(formats.iter().flat_map(|format| ["--format".to_owned(), format!("{format}={format}")]))
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    let record = report::read(&file("json")).expect("a JSON report");
    assert!(record.summary.fail.must > 0);
    assert_eq!(junit_counts(&file("junit")), expected_junit(&record));
    let log = assert_sarif(&file("sarif"));
    let findings = record.summary.fail.must + record.summary.fail.should + record.summary.info;
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), usize::try_from(findings).ok());
    assert!(log["runs"][0]["tool"]["driver"]["rules"][0]["help"]["text"].is_string());
    let rerun = &record.results.iter().find(|it| it.verdict == Verdict::Fail).expect("a finding").rerun;
    assert!(file("markdown").contains(rerun));
    assert_eq!(html_data(&file("html"))["results"].as_array().map(Vec::len), Some(record.results.len()));
    assert!(file("github").starts_with("::error title=must names%3A%3A"), "{}", file("github"));
    assert!(file("badge").contains(r#""color":"red""#));
}

/// A report without what may differ between two equal runs: how long it took.
fn without_durations(text: &str) -> String {
    let without = |text: &str, begin: &str, end: char| {
        let mut pieces = text.split(begin);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |kept, piece| kept + piece.split_once(end).map_or("", |(_, rest)| rest))
    };
    without(&without(text, "\"duration_us\":", ','), " time=\"", '"')
}

#[test]
fn two_equal_runs_write_the_same_bytes_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = "misnames_its_capsule";
    extension::build(module, folder.path());
    let formats = ["text", "json", "junit", "sarif", "html", "markdown", "github", "badge"];
    let known: Vec<_> =
        Format::value_variants().iter().filter_map(|it| Some(it.to_possible_value()?.get_name().to_owned())).collect();
    assert!(known.iter().all(|it| formats.contains(&it.as_str())), "{known:?}");
    let run = |round: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
            .current_dir(folder.path())
            .args(["--target", module, "--path", ".", "--quiet", "--cache"])
            .arg(support::cache_folder())
            .args(formats.iter().flat_map(|format| ["--format".to_owned(), format!("{format}={round}_{format}")]))
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let file = |name: String| fs::read_to_string(folder.path().join(name)).expect("a report");
    run("first");
    run("second");
    for format in formats {
        let (first, second) = (file(format!("first_{format}")), file(format!("second_{format}")));
        // Only these two tell how long it took.
        let timed = ["json", "junit"].contains(&format);
        let bare = |text: &str| if timed { without_durations(text) } else { text.to_owned() };
        assert!(bare(&first) == bare(&second), "{format} differs between two equal runs");
        assert!(!timed || bare(&first).len() < first.len(), "{format} holds no duration that is left out");
    }
    let record = report::read(&file("first_json".to_owned())).expect("a whole report");
    assert!(record.results.iter().any(|it| it.timeline.len() > 2), "what happened is told");
    assert!(record.results.iter().all(|it| it.verdict != Verdict::Pass || it.timeline.is_empty()));
}
