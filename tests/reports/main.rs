//! Holds the reports to what they promise: a schema, the same bytes for the same record, and texts that people can read.

mod formats;
mod lines;
mod record;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::process::Command;

use capsule_conformance::model::{Level, RunRecord, Verdict};
use capsule_conformance::report::{self, Format, Ink, ReadError, Style, Verbosity};
use clap::ValueEnum;
use insta::assert_snapshot;
use jsonschema::Validator;
use serde_json::{Value, json};

fn schema() -> Validator {
    let text = include_str!("../../suite/schema/report-1.json");
    let schema: Value = serde_json::from_str(text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
}

#[track_caller]
fn assert_valid(report: &Value) {
    let validator = schema();
    let mistakes: Vec<String> =
        validator.iter_errors(report).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

fn text(record: &RunRecord, style: Style) -> String {
    Format::Text.write(record, style)
}

fn as_json(record: &RunRecord) -> Value {
    serde_json::from_str(&Format::Json.write(record, Style::default())).expect("a JSON report is JSON")
}

#[test]
fn the_canned_record_has_every_verdict_and_level() {
    let record = record::everything();
    let verdicts: BTreeSet<Verdict> = record.results.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, BTreeSet::from(record::VERDICTS));
    let levels: BTreeSet<Level> = record.results.iter().map(|it| it.level).collect();
    assert_eq!(levels, BTreeSet::from([Level::Info, Level::Should, Level::Must]));
}

#[test]
fn the_json_report_keeps_to_its_schema() {
    assert_valid(&as_json(&record::everything()));
    assert_valid(&as_json(&record::nothing_wrong()));
}

#[test]
fn the_json_report_of_a_run_that_could_not_begin_keeps_to_its_schema() {
    let nothing = capsule_conformance::run::empty_record(record::problem());
    assert_valid(&as_json(&nothing));
}

#[test]
fn the_json_report_of_a_real_run_keeps_to_its_schema() {
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
        .args(["--format", "json", "--quiet", "--case", "names::runtime_*", "--cache"])
        .arg(support::cache_folder())
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("a report is UTF-8");
    let report: Value = serde_json::from_str(&text).expect("a JSON report is JSON");
    assert_valid(&report);
    assert_eq!(report["exit_code"].as_i64(), output.status.code().map(i64::from));
    let record = report::read(&text).expect("what was written can be read");
    assert!(record.summary.pass > 0);
}

/// The canned report with one change, which the schema must refuse.
#[track_caller]
fn assert_refused(change: impl FnOnce(&mut Value)) {
    let mut report = as_json(&record::everything());
    change(&mut report);
    assert!(!schema().is_valid(&report), "the schema accepts what it must not");
}

fn without(table: &mut Value, key: &str) {
    table.as_object_mut().and_then(|it| it.shift_remove(key)).expect("the key is there");
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    assert_refused(|it| without(it, "complete"));
    assert_refused(|it| it["complete"] = json!(false));
    assert_refused(|it| it["schema"] = json!("capsule-conformance/report/2"));
    assert_refused(|it| it["time"] = json!("12:00"));
    assert_refused(|it| it["exit_code"] = json!(5));
    assert_refused(|it| it["results"][0]["verdict"] = json!("passed"));
    assert_refused(|it| it["results"][0]["level"] = json!("may"));
    assert_refused(|it| it["results"][0]["end"] = json!("exited"));
    assert_refused(|it| it["results"][0]["phase"] = json!("later"));
    assert_refused(|it| it["results"][0]["id"] = json!("a case"));
    assert_refused(|it| it["results"][0]["when"] = json!("now"));
    assert_refused(|it| without(&mut it["results"][0], "row"));
    assert_refused(|it| without(&mut it["summary"], "info"));
    assert_refused(|it| without(&mut it["targets"][0]["produces"][0], "name"));
}

#[test]
fn the_schema_refuses_a_finding_that_does_not_say_what_was_seen() {
    let finding = |it: &Value| it["verdict"] == "fail";
    assert_refused(|it| {
        let results = it["results"].as_array_mut().expect("results are a list");
        results.iter_mut().find(|it| finding(it)).expect("there is a finding")["observed"] = Value::Null;
    });
}

#[test]
fn a_report_that_was_written_can_be_read() {
    let record = record::everything();
    assert_eq!(report::read(&Format::Json.write(&record, Style::default())).expect("it is whole"), record);
}

#[test]
fn a_report_without_its_end_is_refused() {
    let written = Format::Json.write(&record::everything(), Style::default());
    for end in [written.len() / 2, written.len() - 3] {
        assert!(matches!(report::read(&written[..end]), Err(ReadError::Malformed(_))));
    }
    let mut report = as_json(&record::everything());
    without(&mut report, "complete");
    let error = report::read(&report.to_string()).expect_err("its last word is missing").to_string();
    assert!(error.contains("missing field `complete`"), "{error}");
}

#[test]
fn a_report_with_fewer_results_than_planned_is_refused() {
    let mut record = record::everything();
    record.results.pop();
    let error = report::read(&Format::Json.write(&record, Style::default())).expect_err("a result is missing");
    assert!(matches!(error, ReadError::Incomplete { .. }), "{error}");
}

#[test]
fn a_report_of_another_version_is_refused() {
    let mut record = record::everything();
    record.schema = "capsule-conformance/report/2".to_owned();
    let error = report::read(&Format::Json.write(&record, Style::default())).expect_err("nobody knows version 2");
    assert!(matches!(error, ReadError::Foreign(_)), "{error}");
}

#[test]
fn results_add_up() {
    let record = record::everything();
    let it = record.summary;
    let sum = it.pass
        + it.fail.must
        + it.fail.should
        + it.info
        + it.known_difference
        + it.stale_difference
        + it.not_applicable
        + it.unverified
        + it.error;
    assert_eq!((sum, record.planned as u64), (record.results.len() as u64, record.results.len() as u64));
}

#[test]
fn every_format_writes_the_same_bytes_twice() {
    for format in Format::value_variants() {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            for ink in [Ink::Plain, Ink::Colour] {
                let style = Style { ink, verbosity, ..Style::default() };
                let first = format.write(&record::everything(), style);
                assert!(first.ends_with('\n'), "{format:?} does not end its last line");
                assert_eq!(first, format.write(&record::everything(), style), "{format:?}");
            }
        }
    }
}

#[test]
fn no_format_but_text_has_colour() {
    let style = Style { ink: Ink::Colour, ..Style::default() };
    for format in Format::value_variants() {
        let coloured = format.write(&record::everything(), style).contains('\u{1b}');
        assert_eq!(coloured, *format == Format::Text, "{format:?}");
    }
}

#[test]
fn the_text_report_shows_findings() {
    assert_snapshot!(text(&record::everything(), Style::default()));
}

#[test]
fn a_quiet_text_report_is_its_last_lines() {
    assert_snapshot!(text(&record::everything(), Style { verbosity: Verbosity::Quiet, ..Style::default() }));
}

#[test]
fn a_verbose_text_report_lists_every_result() {
    assert_snapshot!(text(&record::everything(), Style { verbosity: Verbosity::Verbose, ..Style::default() }));
}

#[test]
fn colour_marks_levels_and_the_answer() {
    let coloured = text(&record::everything(), Style { ink: Ink::Colour, ..Style::default() });
    assert_snapshot!(coloured.replace('\u{1b}', "ESC"));
}

#[test]
fn a_text_report_is_short_when_all_is_well() {
    assert_snapshot!(text(&record::nothing_wrong(), Style::default()));
}

#[test]
fn a_text_report_of_a_run_that_could_not_begin_says_why() {
    let nothing = capsule_conformance::run::empty_record(record::problem());
    assert_snapshot!(text(&nothing, Style::default()));
}

#[test]
fn a_text_report_says_each_answer() {
    let answer = |exit_code, conformant| {
        let record = RunRecord { exit_code, conformant, ..record::nothing_wrong() };
        text(&record, Style::default()).lines().last().map(str::to_owned).expect("it has lines")
    };
    assert_eq!(answer(0, true), "conformant");
    assert_eq!(answer(0, false), "findings, not counted (--fail-on)");
    assert_eq!(answer(1, false), "not conformant");
    assert_eq!(answer(3, false), "could not tell");
    assert_eq!(answer(4, false), "a recorded deviation no longer occurs");
}
