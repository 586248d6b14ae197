//! Runs the suite on a module under `cargo test`: another crate's `tests/conformance.rs` calls [`target`] and no more.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     capsule_conformance::harness::target("fast_math").path("python").main()
//! }
//! ```
//!
//! There is a trial for each case that binds one side, since listing trials starts nothing; one that the module gives
//! no occasion for is ignored, with the reason. All trials are told by one run of the line. Trial `answer` is whether
//! that run could tell.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use std::{env, io};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use sha2::{Digest, Sha256};

use crate::build::Cache;
use crate::model::{Binds, CaseResult, Level, RunRecord, Verdict};
use crate::report::{Format, Style};
use crate::run::{self, Request, RunError};
use crate::{catalogue, embedded, report, strays};

/// A module to check, and how it is found.
#[derive(Debug, Clone)]
pub struct Harness {
    module: String,
    path: Vec<PathBuf>,
    python: Vec<String>,
    config: Option<PathBuf>,
    strict: bool,
}

/// The extension module under test, by its dotted import name.
pub fn target(module: impl Into<String>) -> Harness {
    Harness { module: module.into(), path: Vec::new(), python: Vec::new(), config: None, strict: false }
}

impl Harness {
    /// Puts a folder first on the module's `sys.path`; relative to the package, where cargo runs its tests.
    #[must_use]
    pub fn path(mut self, folder: impl Into<PathBuf>) -> Harness {
        self.path.push(folder.into());
        self
    }

    /// Tests under this interpreter; repeatable. Default: the active virtual environment's, else `python3`.
    #[must_use]
    pub fn python(mut self, program: impl Into<String>) -> Harness {
        self.python.push(program.into());
        self
    }

    /// Names the manifest. Default: `capsule-conformance.toml`, or `pyproject.toml`, of the package.
    #[must_use]
    pub fn config(mut self, file: impl Into<PathBuf>) -> Harness {
        self.config = Some(file.into());
        self
    }

    /// Lets a broken `should` fail its trial; else it is ignored, with what was seen.
    #[must_use]
    pub fn strict(mut self) -> Harness {
        self.strict = true;
        self
    }

    /// Runs the trials that the command line asks for.
    #[must_use = "a test program whose exit code is lost cannot fail"]
    pub fn main(self) -> ExitCode {
        let arguments = Arguments::from_args();
        strays::become_subreaper();
        let code = libtest_mimic::run(&arguments, self.trials()).exit_code();
        strays::kill();
        code
    }

    fn trials(self) -> Vec<Trial> {
        let loaded = catalogue::load(embedded::FILES.iter().copied()).expect("the suite in the program is valid");
        let cases = loaded.cases.into_iter().filter(|case| case.binds != Binds::Runtime);
        let line = Arc::new(Line { harness: self, record: OnceLock::new() });
        let trial = |case: String| {
            let line = Arc::clone(&line);
            Trial::ignorable_test(case.clone(), move || outcome(line.record()?, &case, line.harness.strict))
        };
        let mut trials: Vec<Trial> = cases.map(|case| trial(case.id)).collect();
        let line = Arc::clone(&line);
        trials.push(Trial::test("answer", move || answer(line.record()?)));
        trials
    }

    fn request(&self) -> Result<Request, RunError> {
        let cache = Cache::at(None).map_err(RunError::Cache)?;
        let folder = env::current_dir().map_err(RunError::Scratch)?;
        let meant = run::meant(self.config.as_deref(), std::slice::from_ref(&self.module), &folder)?;
        Ok(Request {
            pythons: self.python.clone(),
            path: self.path.clone(),
            targets: meant.targets,
            manifest: meant.manifest,
            confirm: true,
            ..Request::new(cache)
        })
    }
}

/// The straight line, walked when its first trial runs.
struct Line {
    harness: Harness,
    record: OnceLock<Result<RunRecord, String>>,
}

impl Line {
    fn record(&self) -> Result<&RunRecord, &String> {
        self.record.get_or_init(|| self.walk().map_err(|error| error.to_string())).as_ref()
    }

    fn walk(&self) -> Result<RunRecord, RunError> {
        let request = self.harness.request()?;
        let walk = || run::run(&request).map(|(record, _)| record);
        match env::var("NEXTEST_RUN_ID") {
            Ok(id) => {
                let folder = request.cache.root.join("runs");
                let key = Sha256::digest(format!("{id} {:?} {:?}", env::current_dir().ok(), self.harness));
                shared(&folder, &embedded::hex(&key)[..32], walk)
            }
            Err(_) => walk(),
        }
    }
}

/// A runner that gives each trial a process would walk the line for each: the first does so for all of its run.
fn shared(folder: &Path, key: &str, walk: impl FnOnce() -> Result<RunRecord, RunError>) -> Result<RunRecord, RunError> {
    let file = folder.join(format!("{key}.json"));
    let lock = fs::create_dir_all(folder).and_then(|()| File::create(folder.join(format!("{key}.lock"))));
    // Nothing can be shared where nothing can be written; each is told all the same.
    let Ok(lock) = lock.and_then(|lock| lock.lock().map(|()| lock)) else {
        return walk();
    };
    let read = || fs::read_to_string(&file).ok().and_then(|text| report::read(&text).ok());
    if let Some(record) = read() {
        return Ok(record);
    }
    let record = walk()?;
    let written = fs::write(&file, Format::Json.write(&record, Style::default()));
    drop(written.and_then(|()| remove_old(folder)));
    drop(lock);
    Ok(record)
}

/// A run of a test runner is over after a day.
fn remove_old(folder: &Path) -> io::Result<()> {
    let limit = SystemTime::now() - Duration::from_hours(24);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.metadata()?.modified()? < limit {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn outcome(record: &RunRecord, case: &str, strict: bool) -> Result<Completion, Failed> {
    let results: Vec<&CaseResult> = record.results.iter().filter(|it| it.case == case).collect();
    let has = |verdict| results.iter().any(|it| it.verdict == verdict);
    let fails = |level| results.iter().any(|it| it.verdict == Verdict::Fail && it.level == level);
    let told = |verdict| report::findings_of(record, case, verdict).join("\n");
    let breaks = fails(Level::Must) || strict && fails(Level::Should);
    for (is_so, verdict) in [
        (has(Verdict::Error), Verdict::Error),
        (breaks, Verdict::Fail),
        (has(Verdict::StaleDifference), Verdict::StaleDifference),
    ] {
        if is_so {
            return Err(told(verdict).into());
        }
    }
    if fails(Level::Should) {
        return Ok(Completion::ignored_with(format!("broke a should\n{}", told(Verdict::Fail))));
    }
    if results.iter().any(|it| it.verdict.verifies()) {
        return Ok(Completion::Completed);
    }
    match results.iter().find(|it| it.verdict == Verdict::Unverified).or(results.first()) {
        Some(result) => Ok(Completion::ignored_with(format!("{}: {}", result.verdict.word(), result.message))),
        // A module that could not be looked at gave no occasion for anything.
        None if record.exit_code == 3 => Err("not run; trial `answer` says why".into()),
        None => Ok(Completion::ignored_with("not applicable: this module gives no occasion for it")),
    }
}

/// Whether the run could tell: findings and stale records have trials of their own.
fn answer(record: &RunRecord) -> Result<(), Failed> {
    if [0, 1, 4].contains(&record.exit_code) && record.unverified_must.is_empty() {
        return Ok(());
    }
    let problems = record.problems.iter().map(|it| format!("{}: {}: {}", it.what, it.r#where, it.message));
    let missing = &record.unverified_must;
    let missing = missing.iter().map(|it| format!("not verified: {}: {}: {}", it.case, it.subject, it.reason));
    let lines: Vec<String> = problems.chain(missing).collect();
    Err(format!("could not tell (exit code {})\n{}", record.exit_code, lines.join("\n")).into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::model::{Problem, UnverifiedMust};

    const CASE: &str = "family::fact";

    fn result(level: Level, verdict: Verdict) -> CaseResult {
        CaseResult {
            id: format!("{CASE}/own/-/cpython/-/own.table"),
            case: CASE.to_owned(),
            row: None,
            phase: None,
            binds: Binds::Producer,
            level,
            verdict,
            interpreter: "cpython".to_owned(),
            producer: Some("own".to_owned()),
            consumer: None,
            by: None,
            subject: "own.table".to_owned(),
            source: None,
            expected: Some("what was asked".to_owned()),
            observed: Some("what was seen".to_owned()),
            end: "returned".to_owned(),
            recorded: Vec::new(),
            message: "the reason".to_owned(),
            why: None,
            output: None,
            timeline: Vec::new(),
            duration_us: 1,
            rerun: "capsule-conformance".to_owned(),
        }
    }

    fn record(results: Vec<CaseResult>, exit_code: u8) -> RunRecord {
        let problem = Problem { what: "target".to_owned(), r#where: "own".to_owned(), message: "lost".to_owned() };
        RunRecord { planned: results.len(), results, exit_code, ..run::empty_record(problem) }
    }

    /// How the trial of the case ends: `completed`, `ignored` or `failed`, and what it says.
    fn ends(results: &[(Level, Verdict)], strict: bool) -> (&'static str, String) {
        let results: Vec<CaseResult> = results.iter().map(|(level, verdict)| result(*level, *verdict)).collect();
        ended(&outcome(&record(results, 0), CASE, strict))
    }

    fn ended(outcome: &Result<Completion, Failed>) -> (&'static str, String) {
        match outcome {
            Ok(Completion::Completed) => ("completed", String::new()),
            Ok(Completion::Ignored { reason }) => ("ignored", reason.clone().unwrap_or_default()),
            Err(failed) => ("failed", failed.message().unwrap_or_default().to_owned()),
        }
    }

    #[test]
    fn what_was_not_verified_is_never_green() {
        let must = |verdict| ends(&[(Level::Must, verdict)], false);
        assert_eq!(must(Verdict::Pass).0, "completed");
        assert_eq!(must(Verdict::KnownDifference).0, "completed");
        assert_eq!(must(Verdict::NotApplicable), ("ignored", "not applicable: the reason".to_owned()));
        assert_eq!(must(Verdict::Unverified), ("ignored", "unverified: the reason".to_owned()));
        for verdict in [Verdict::Error, Verdict::Fail, Verdict::StaleDifference] {
            assert_eq!(must(verdict).0, "failed", "{verdict:?}");
        }
    }

    #[test]
    fn a_finding_wins_over_any_number_of_passes_and_says_what_was_seen() {
        let (end, said) = ends(&[(Level::Must, Verdict::Pass), (Level::Must, Verdict::Fail)], false);
        assert_eq!(end, "failed");
        assert!(said.contains("what was asked") && said.contains("what was seen"), "{said}");
        assert_eq!(ends(&[(Level::Must, Verdict::NotApplicable), (Level::Must, Verdict::Pass)], false).0, "completed");
    }

    #[test]
    fn a_broken_should_is_told_and_fails_only_where_it_is_to() {
        let should = [(Level::Should, Verdict::Fail), (Level::Should, Verdict::Pass)];
        let (end, said) = ends(&should, false);
        assert!(end == "ignored" && said.starts_with("broke a should") && said.contains("what was seen"), "{said}");
        assert_eq!(ends(&should, true).0, "failed");
        assert_eq!(ends(&[(Level::Info, Verdict::Info)], true).0, "completed");
    }

    #[test]
    fn a_case_without_occasion_is_ignored_unless_the_module_could_not_be_looked_at() {
        let end = |code| ended(&outcome(&record(Vec::new(), code), CASE, false)).0;
        assert_eq!((end(0), end(1), end(3)), ("ignored", "ignored", "failed"));
    }

    #[test]
    fn the_answer_is_that_of_the_run() {
        let said = |record: &RunRecord| answer(record).err().and_then(|it| it.message().map(str::to_owned));
        for code in [0, 1, 4] {
            assert_eq!(said(&record(Vec::new(), code)), None);
        }
        let blind = said(&record(Vec::new(), 3)).expect("it could not tell");
        assert!(blind.starts_with("could not tell (exit code 3)\ntarget: own: lost"), "{blind}");
        let text = || "own".to_owned();
        let must = UnverifiedMust { case: CASE.to_owned(), subject: text(), interpreter: text(), reason: text() };
        let missing = RunRecord { unverified_must: vec![must], ..record(Vec::new(), 1) };
        assert!(said(&missing).expect("a must is open").contains("not verified: family::fact: own: own"));
    }

    #[test]
    fn there_is_a_trial_for_each_case_that_binds_a_side_and_nothing_is_started_for_it() {
        let trials = target("no_such_module").trials();
        let names: Vec<&str> = trials.iter().map(Trial::name).collect();
        let loaded = catalogue::load(embedded::FILES.iter().copied()).expect("the suite is valid");
        let bound = loaded.cases.iter().filter(|case| case.binds != Binds::Runtime);
        assert!(bound.clone().all(|case| names.contains(&case.id.as_str())));
        assert_eq!(names.len(), bound.count() + 1);
        assert_eq!(names.last(), Some(&"answer"));
    }

    #[test]
    fn what_the_test_file_says_reaches_the_run() {
        let harness = target("own").path("a").path("b").python("python3.8").strict();
        let request = harness.request().expect("no manifest is wrong");
        assert_eq!(request.path, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(request.pythons, ["python3.8"]);
        assert_eq!(request.targets[0].module.as_deref(), Some("own"));
        assert!(request.confirm && harness.strict);
        let wrong = harness.config("nowhere.toml").request().err().map(|error| error.to_string());
        assert!(wrong.is_some_and(|it| it.contains("nowhere.toml")));
    }

    #[test]
    fn processes_of_one_run_walk_the_line_once() {
        let folder = tempfile::tempdir().expect("a private folder");
        let walks = Cell::new(0);
        let walk = || {
            walks.set(walks.get() + 1);
            Ok(record(vec![result(Level::Must, Verdict::Pass)], 0))
        };
        let first = shared(folder.path(), "one", walk).expect("a record");
        assert_eq!(shared(folder.path(), "one", walk).expect("a record"), first);
        assert_eq!(walks.get(), 1);
        shared(folder.path(), "another", walk).expect("a record");
        assert_eq!(walks.get(), 2);
    }

    #[test]
    fn a_walk_that_failed_is_not_kept() {
        let folder = tempfile::tempdir().expect("a private folder");
        let fails = || Err(RunError::Scratch(io::Error::other("full")));
        assert!(shared(folder.path(), "one", fails).is_err());
        assert!(shared(folder.path(), "one", || Ok(record(Vec::new(), 0))).is_ok());
    }

    #[test]
    fn records_of_runs_that_are_over_are_removed() {
        let folder = tempfile::tempdir().expect("a private folder");
        let file = |name: &str, age: Duration| {
            let file = File::create(folder.path().join(name)).expect("it can be written");
            file.set_modified(SystemTime::now() - age).expect("the time can be set");
        };
        file("old.json", Duration::from_hours(25));
        file("new.json", Duration::from_hours(23));
        remove_old(folder.path()).expect("it can be read");
        assert!(!folder.path().join("old.json").exists() && folder.path().join("new.json").exists());
    }
}
