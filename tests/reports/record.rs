//! A finished run that never was: every verdict and every level once, and what else a report can hold.

use capsule_conformance::conclude;
use capsule_conformance::model::{
    Binds, CaseResult, ConsumedRecord, InterpreterRecord, Level, Moment, Phase, PlanRecord, Problem, ProducedRecord,
    RunRecord, ShardRecord, SourceLine, SuiteRecord, TargetRecord, UnverifiedMust, Verdict,
};

/// All of them; [`listed`] does not compile if one is missing.
pub(crate) const VERDICTS: [Verdict; 8] = [
    Verdict::Pass,
    Verdict::Fail,
    Verdict::Info,
    Verdict::KnownDifference,
    Verdict::StaleDifference,
    Verdict::NotApplicable,
    Verdict::Unverified,
    Verdict::Error,
];

fn listed(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::Info => 2,
        Verdict::KnownDifference => 3,
        Verdict::StaleDifference => 4,
        Verdict::NotApplicable => 5,
        Verdict::Unverified => 6,
        Verdict::Error => 7,
    }
}

pub(crate) fn problem() -> Problem {
    Problem {
        what: "build".to_owned(),
        r#where: "renderer@rust_ffi".to_owned(),
        message: "cargo is missing; install Rust from https://rustup.rs".to_owned(),
    }
}

/// A run in which everything happened.
pub(crate) fn everything() -> RunRecord {
    let fail = || CaseResult {
        expected: Some("take: ImportError".to_owned()),
        observed: Some("signal SIGSEGV during take: read of the released name (offset 0)".to_owned()),
        end: "signal SIGSEGV".to_owned(),
        message: "also: expected destroyed: 1 time(s), seen destroyed: 0 time(s)".to_owned(),
        why: Some("The name is the only type check a capsule has.".to_owned()),
        output: Some("first line\nFatal Python error: Segmentation fault\n".to_owned()),
        timeline: vec![
            moment("take", "begins", ""),
            moment("take", "call", "function PyCapsule_GetPointer, capsule @1, name \"</script><b>&amp;\""),
        ],
        ..result("must_fails", Level::Must, Verdict::Fail)
    };
    let elsewhere = CaseResult {
        id: "family::must_fails/fast_math@c_abi3/renderer@rust_pyo3/cpython-3.12.1/renderer/fast_math".to_owned(),
        consumer: Some("renderer@rust_pyo3".to_owned()),
        source: Some(SourceLine { file: "src/a b.c".to_owned(), line: 7 }),
        ..fail()
    };
    let mut row = result("rows", Level::Should, Verdict::Fail);
    row.id = row.id.replace("family::rows", "family::rows[misnamed]");
    row.row = Some("misnamed".to_owned());
    let mut runtime = result("runtime", Level::Must, Verdict::Error);
    "family::runtime/-/-/cpython-3.12.1/-/runtime".clone_into(&mut runtime.id);
    (runtime.binds, runtime.producer, runtime.consumer, runtime.by) = (Binds::Runtime, None, None, None);
    "runtime".clone_into(&mut runtime.subject);
    finished(vec![
        result("must_passes", Level::Must, Verdict::Pass),
        fail(),
        elsewhere,
        row,
        result("tells", Level::Info, Verdict::Info),
        result("differs", Level::Must, Verdict::KnownDifference),
        result("differed", Level::Must, Verdict::StaleDifference),
        result("does_not_apply", Level::Should, Verdict::NotApplicable),
        result("is_not_built", Level::Must, Verdict::Unverified),
        runtime,
    ])
}

/// A run in which nothing did.
pub(crate) fn nothing_wrong() -> RunRecord {
    let mut record = finished(vec![result("must_passes", Level::Must, Verdict::Pass)]);
    record.problems.clear();
    (record.conformant, record.exit_code) = (true, 0);
    record
}

fn result(name: &str, level: Level, verdict: Verdict) -> CaseResult {
    debug_assert_eq!(VERDICTS[listed(verdict)], verdict);
    let seen = matches!(verdict, Verdict::Fail | Verdict::Info | Verdict::KnownDifference | Verdict::StaleDifference);
    let ran = !matches!(verdict, Verdict::NotApplicable | Verdict::Unverified | Verdict::Error);
    CaseResult {
        id: format!("family::{name}/fast_math@c_abi3/renderer@c_multi_phase/cpython-3.12.1/renderer/fast_math"),
        case: format!("family::{name}"),
        row: None,
        phase: ran.then_some(Phase::Take),
        binds: Binds::Producer,
        level,
        verdict,
        interpreter: "cpython-3.12.1".to_owned(),
        producer: Some("fast_math@c_abi3".to_owned()),
        consumer: Some("renderer@c_multi_phase".to_owned()),
        by: Some("renderer".to_owned()),
        subject: "fast_math".to_owned(),
        expected: seen.then(|| "take: returns 7".to_owned()),
        observed: seen.then(|| "returned 8 from take".to_owned()),
        end: if ran { "returned" } else { "not started" }.to_owned(),
        recorded: Vec::new(),
        message: match verdict {
            Verdict::KnownDifference => "bpo-1: fixed in 3.13 (https://example.org/1)".to_owned(),
            Verdict::StaleDifference => "recorded as: bpo-2; remove the record".to_owned(),
            Verdict::NotApplicable => "the binding has no way to say `rename`".to_owned(),
            Verdict::Unverified => "renderer@rust_ffi is missing: no cargo\nsecond line".to_owned(),
            Verdict::Error => "it did not answer in time (signal: 9 (SIGKILL))".to_owned(),
            Verdict::Pass | Verdict::Fail | Verdict::Info => String::new(),
        },
        why: None,
        output: None,
        source: None,
        timeline: Vec::new(),
        duration_us: 612,
        rerun: format!("capsule-conformance --pairing family::{name}/…"),
    }
}

fn moment(step: &str, what: &str, text: &str) -> Moment {
    Moment { step: Some(step.to_owned()), what: what.to_owned(), text: text.to_owned() }
}

fn finished(mut results: Vec<CaseResult>) -> RunRecord {
    results.sort_by(|a, b| a.id.cmp(&b.id));
    let unverified_must: Vec<UnverifiedMust> = conclude::unverified_must(&results);
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    RunRecord {
        schema: "capsule-conformance/report/1".to_owned(),
        suite: SuiteRecord { version: "0.1.0".to_owned(), cases: 9, digest: digest.clone() },
        plan: PlanRecord { digest, pairings: results.len(), shard: ShardRecord { index: 1, of: 1 } },
        interpreters: vec![InterpreterRecord {
            id: "cpython-3.12.1".to_owned(),
            implementation: "CPython".to_owned(),
            version: "3.12.1".to_owned(),
            debug: false,
            free_threaded: false,
        }],
        targets: vec![target("mathpack", Some("1.4")), target("bare", None)],
        planned: results.len(),
        summary: conclude::summary(&results),
        results,
        unverified_must,
        problems: vec![problem()],
        conformant: false,
        exit_code: 1,
        complete: true,
    }
}

fn target(module: &str, version: Option<&str>) -> TargetRecord {
    let capsule = |attribute: &str, name: Option<&str>, convention: &str| ProducedRecord {
        path: format!("{module}.{attribute}"),
        aliases: vec![format!("{module}.again.{attribute}")],
        name: name.map(str::to_owned),
        convention: convention.to_owned(),
        how: "attribute".to_owned(),
    };
    let of_many = ["a", "b", "c", "d", "e"].map(|it| capsule(it, Some("label"), "label"));
    TargetRecord {
        module: module.to_owned(),
        version: version.map(str::to_owned),
        interpreter: "cpython-3.12.1".to_owned(),
        produces: [capsule("_C_API", Some(&format!("{module}._C_API")), "attribute"), capsule("raw", None, "unnamed")]
            .into_iter()
            .chain(of_many)
            .collect(),
        consumes: vec![ConsumedRecord {
            path: "other._C_API".to_owned(),
            name: Some(String::new()),
            by: module.to_owned(),
            via: Some("PyCapsule_Import".to_owned()),
        }],
    }
}
