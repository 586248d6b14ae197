//! The report for CI servers: a suite for each case, a test case for each pairing.
//!
//! What was not told is never a pass: a pairing that was set aside is skipped with its reason, and each requirement that
//! nobody verified is an error in a suite of its own. So the file is red whenever the run is not conformant.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::Style;
use super::finding::{place, title};
use crate::model::{CaseResult, RunRecord, Verdict};

/// The suite of what no pairing told.
const COVERAGE: &str = "coverage";

pub(super) fn write(record: &RunRecord, style: Style) -> String {
    let mut report = Report::new("capsule-conformance");
    let mut by_case: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for result in &record.results {
        by_case.entry(&result.case).or_default().push(result);
    }
    for (id, results) in by_case {
        let mut suite = TestSuite::new(id);
        if let Some(case) = style.case(id) {
            let properties = [("summary", &case.summary), ("why", &case.why), ("spec", &case.spec)];
            suite.add_properties(properties.map(|(key, value)| Property::new(key, value.as_str())));
        }
        suite.set_time(Duration::from_micros(results.iter().map(|it| it.duration_us).sum()));
        suite.add_test_cases(results.into_iter().map(test_case));
        report.add_test_suite(suite);
    }
    let coverage = coverage(record);
    if !coverage.test_cases.is_empty() {
        report.add_test_suite(coverage);
    }
    report.set_time(Duration::from_micros(record.results.iter().map(|it| it.duration_us).sum()));
    report.to_string().expect("a record can be written as XML")
}

fn test_case(result: &CaseResult) -> TestCase {
    let mut case = TestCase::new(format!("{} {}", title(result), place(result)), status(result));
    case.set_classname(result.case.as_str());
    case.set_time(Duration::from_micros(result.duration_us));
    case.add_property(("id", result.id.as_str()));
    case.add_property(("level", result.level.word()));
    case.add_property(("verdict", result.verdict.word()));
    case.add_property(("rerun", result.rerun.as_str()));
    if matches!(result.verdict, Verdict::Info | Verdict::KnownDifference) {
        case.set_system_out(description(result));
    }
    if let Some(output) = result.output.as_ref().filter(|it| !it.trim().is_empty()) {
        case.set_system_err(output.as_str());
    }
    case
}

fn status(result: &CaseResult) -> TestCaseStatus {
    let mut status = match result.verdict {
        Verdict::Pass | Verdict::Info | Verdict::KnownDifference => return TestCaseStatus::success(),
        Verdict::NotApplicable | Verdict::Unverified => TestCaseStatus::skipped(),
        Verdict::Fail | Verdict::StaleDifference => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let first = result.observed.as_deref().unwrap_or(&result.message).lines().next().unwrap_or_default();
    if matches!(result.verdict, Verdict::NotApplicable | Verdict::Unverified) {
        status.set_message(format!("{}: {}", result.verdict.word(), result.message));
    } else {
        status.set_message(first).set_description(description(result));
        status.set_type(if result.verdict == Verdict::Fail { result.level.word() } else { result.verdict.word() });
    }
    status
}

/// Everything that is known of a result, a line each.
fn description(result: &CaseResult) -> String {
    let verdict = (result.verdict != Verdict::Fail).then(|| result.verdict.word().to_owned());
    let fields = [
        ("verdict", verdict),
        ("expected", result.expected.clone()),
        ("seen", result.observed.clone()),
        ("detail", Some(result.message.clone()).filter(|it| !it.is_empty())),
        ("why", result.why.clone()),
        ("rerun", Some(result.rerun.clone())),
    ];
    fields.into_iter().filter_map(|(word, text)| text.map(|text| format!("{word}: {text}\n"))).collect()
}

/// What kept the suite from telling, and which requirements it concerns.
fn coverage(record: &RunRecord) -> TestSuite {
    let mut cases = Vec::new();
    let mut add = |name: String, kind: &str, message: &str| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(kind).set_message(message);
        let mut case = TestCase::new(name, status);
        case.set_classname(COVERAGE);
        cases.push(case);
    };
    for must in &record.unverified_must {
        add(format!("{} for {} on {}", must.case, must.subject, must.interpreter), "not verified", &must.reason);
    }
    // A build that is missing is told by what it left unverified.
    for problem in record.problems.iter().filter(|it| it.what != "build") {
        add(format!("{} {}", problem.what, problem.r#where), "problem", &problem.message);
    }
    let untold = record.unverified_must.is_empty() && record.problems.iter().all(|it| it.what == "build");
    if record.exit_code == 3 && untold && record.summary.error == 0 {
        let mut reasons = record.problems.iter().map(|it| it.message.as_str());
        add("the run".to_owned(), "problem", reasons.next().unwrap_or("nothing was looked at"));
    }
    let mut suite = TestSuite::new(COVERAGE);
    suite.add_test_cases(cases);
    suite
}
