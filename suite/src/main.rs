//! Arguments, the terminal, the exit code; nothing else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that speaks to the terminal")]

mod cli;
mod output;

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use anyhow::{Context, Result};
use capsule_conformance::baseline::{Baseline, BaselineError};
use capsule_conformance::build::{Cache, CacheError};
use capsule_conformance::explain::{self, ExplainError, Reader};
use capsule_conformance::inspect::wheel::WheelError;
use capsule_conformance::manifest::{ManifestError, Meant};
use capsule_conformance::model::{Problem, RunRecord};
use capsule_conformance::plan::Selection;
use capsule_conformance::report::{self, Format};
use capsule_conformance::run::{self, Effort, MergeError, Request, RunError};
use capsule_conformance::{catalogue, doctor, embedded, matrix, strays};
use clap::Parser;

use cli::{Cli, Command, Discover, Gate, Of, Record, Reports, Run, Trace};
use output::{Unusable, failed, finish, hand_out, print, read_report, write_reproducers};

/// Wrong usage or configuration.
const USAGE: u8 = 2;
/// Could not tell.
const UNCLEAR: u8 = 3;
/// A bug in the suite itself.
const BUG: u8 = 70;

fn main() -> ExitCode {
    if !cfg!(any(target_os = "linux", target_os = "macos")) {
        eprintln!("error: this platform is not supported; run it on Linux or macOS");
        return ExitCode::from(UNCLEAR);
    }
    strays::become_subreaper();
    let cli = Cli::parse();
    let code = guarded(|| perform(cli));
    strays::kill();
    ExitCode::from(code)
}

/// A panic is a bug of ours and says so in the exit code.
fn guarded(work: impl FnOnce() -> Result<u8>) -> u8 {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            code_of(&error)
        }
        Err(_) => {
            eprintln!("error: this is a bug of capsule-conformance; please report it with what is said above");
            BUG
        }
    }
}

fn perform(cli: Cli) -> Result<u8> {
    match cli.command {
        None => run_suite(&cli.run),
        Some(Command::List { cases }) => list(&cases),
        Some(Command::Explain { case, write }) => explain(case.as_deref(), write.as_deref()),
        Some(Command::Discover(options)) => discover(&options),
        Some(Command::Merge { shards, reports, gate }) => merge(&shards, &reports, &gate),
        Some(Command::Diff { old, new }) => diff(&old, &new),
        Some(Command::KillMatrix { defects, python, cache, jobs }) => {
            kill_matrix(&defects, python, cache.as_deref(), jobs)
        }
        Some(Command::Trace(options)) => trace(&options),
        Some(Command::Baseline(options)) => baseline(&options),
        Some(Command::Doctor { python, cache }) => doctor(&python, cache.as_deref()),
        Some(Command::Cache { clear, cache }) => cache_command(clear, cache.as_deref()),
    }
}

/// An error's exit code: whose fault it is.
fn code_of(error: &anyhow::Error) -> u8 {
    let given = error.downcast_ref::<MergeError>().is_some() || error.downcast_ref::<Unusable>().is_some();
    let given = given || error.downcast_ref::<ExplainError>().is_some();
    if given || error.downcast_ref::<ManifestError>().is_some() || error.downcast_ref::<BaselineError>().is_some() {
        return USAGE;
    }
    error.downcast_ref::<RunError>().map_or(UNCLEAR, code_of_run)
}

fn code_of_run(error: &RunError) -> u8 {
    match error {
        RunError::Plan(_)
        | RunError::Manifest(_)
        | RunError::Cache(CacheError::Foreign { .. })
        | RunError::Wheel(WheelError::Wrong { .. }) => USAGE,
        RunError::Catalogue(_) => BUG,
        _ => UNCLEAR,
    }
}

fn run_suite(options: &Run) -> Result<u8> {
    let request = request(options)?;
    let (record, effort) = match run::run(&request) {
        Ok(done) => done,
        // A report is written all the same: whoever reads it learns why there is nothing in it.
        Err(error @ (RunError::Cache(_) | RunError::Scratch(_))) if code_of_run(&error) == UNCLEAR => {
            let problem =
                Problem { what: "machine".to_owned(), r#where: "this machine".to_owned(), message: error.to_string() };
            (run::empty_record(problem), Effort::default())
        }
        Err(error) => return Err(error.into()),
    };
    if !options.reports.quiet && effort.compiled + effort.reused > 0 {
        eprintln!("built {} modules, took {} from the cache", effort.compiled, effort.reused);
    }
    if let Some(folder) = &options.reproduce {
        write_reproducers(folder, &effort.reproducers, options.reports.quiet)?;
    }
    let manifest = request.manifest.as_ref().and_then(|it| it.file.as_ref()).map(|it| it.display().to_string());
    finish(&options.reports, &record, manifest.as_deref())
}

fn request(options: &Run) -> Result<Request> {
    let cache = Cache::at(options.cache.as_deref()).map_err(RunError::Cache)?;
    let targets = match &options.wheel {
        Some(wheel) if options.targets.is_empty() && options.config.is_none() => {
            run::modules_of(wheel, &options.python, &cache)?
        }
        _ => options.targets.clone(),
    };
    let mut meant = meant(options.config.as_deref(), &targets)?;
    if let Some(file) = &options.baseline {
        Baseline::read(file)?.hold(file, &mut meant.targets)?;
    }
    let mut pairings = options.pairings.clone();
    if let Some(file) = &options.rerun_failed {
        pairings.extend(failed(file)?);
    }
    Ok(Request {
        wheel: options.wheel.clone(),
        pythons: options.python.clone(),
        targets: meant.targets,
        participants: options.participants.clone(),
        manifest: meant.manifest,
        baseline: options.baseline.clone(),
        path: options.path.clone(),
        selection: Selection {
            cases: options.cases.clone(),
            skips: options.skips.clone(),
            producers: options.producers.clone(),
            consumers: options.consumers.clone(),
            pairings,
            stand_in: None,
            shard: options.shard,
        },
        fail_on: options.gate.fail_on(),
        jobs: options.jobs.unwrap_or_else(cores),
        timeout: Duration::from_secs_f64(options.timeout),
        cache,
        progress: !options.reports.quiet,
        confirm: true,
    })
}

/// What the command line is about, with the suite's own manifests where the user has none.
fn meant(config: Option<&Path>, targets: &[String]) -> Result<Meant> {
    let folder = env::current_dir().context("no current folder")?;
    let meant = run::meant(config, targets, &folder)?;
    for notice in &meant.notices {
        eprintln!("notice: {notice}");
    }
    Ok(meant)
}

/// A request about targets alone: no selection, no verdicts.
fn about(of: &Of, timeout: f64) -> Result<Request> {
    let meant = meant(of.config.as_deref(), &of.targets)?;
    Ok(Request {
        pythons: of.python.clone(),
        targets: meant.targets,
        manifest: meant.manifest,
        path: of.path.clone(),
        timeout: Duration::from_secs_f64(timeout),
        ..bare_request(of.cache.as_deref())?
    })
}

fn baseline(options: &Record) -> Result<u8> {
    if options.of.python.len() > 1 {
        eprintln!("error: a baseline is recorded under one interpreter; name one --python");
        return Ok(USAGE);
    }
    let request = about(&options.of, options.timeout)?;
    let (baseline, problems) = run::baseline(&request)?;
    for problem in &problems {
        eprintln!("problem: {}: {}", problem.r#where, problem.message);
    }
    if baseline.is_empty() {
        eprintln!("error: no capsule was found that is kept anywhere; nothing is written");
        return Ok(UNCLEAR);
    }
    baseline.write(&options.write)?;
    print(&format!("recorded {} capsules in {}\n", baseline.len(), options.write.display()))?;
    Ok(0)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn merge(files: &[PathBuf], reports: &Reports, gate: &Gate) -> Result<u8> {
    let parts: Result<Vec<(String, RunRecord)>, Unusable> =
        files.iter().map(|file| Ok((file.display().to_string(), read_report(file)?))).collect();
    let record = run::merge(parts?, gate.fail_on())?;
    finish(reports, &record, None)
}

fn diff(old: &Path, new: &Path) -> Result<u8> {
    let changes = report::diff(&read_report(old)?, &read_report(new)?);
    print(&changes.text)?;
    Ok(u8::from(changes.worse))
}

fn list(patterns: &[String]) -> Result<u8> {
    let catalogue = catalogue::load(embedded::FILES.iter().copied()).map_err(RunError::from)?;
    let cases = capsule_conformance::plan::select_cases(
        &catalogue,
        &Selection { cases: patterns.to_vec(), ..Selection::default() },
    )
    .map_err(RunError::from)?;
    let width = cases.iter().map(|case| case.id.len()).max().unwrap_or_default();
    let lines: Vec<String> =
        cases.iter().map(|case| format!("{:<width$}  {:<6}  {}\n", case.id, case.level.word(), case.summary)).collect();
    print(&lines.concat())?;
    Ok(0)
}

/// The pages of the cases that are meant, or of all into a folder.
fn explain(case: Option<&str>, folder: Option<&Path>) -> Result<u8> {
    let catalogue = catalogue::load(embedded::FILES.iter().copied()).map_err(RunError::from)?;
    if let Some(folder) = folder {
        for (path, text) in explain::documents(&catalogue) {
            let file = folder.join(path);
            let parent = file.parent().unwrap_or(folder);
            fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    let cases = case.map(|case| explain::find(&catalogue, case)).transpose()?.unwrap_or_default();
    let pages: Vec<String> = cases.into_iter().map(|case| explain::page(&catalogue, case, Reader::Terminal)).collect();
    print(&pages.join("\n"))?;
    Ok(0)
}

fn kill_matrix(defects: &[String], python: Option<String>, cache: Option<&Path>, jobs: Option<usize>) -> Result<u8> {
    let request = Request {
        pythons: python.into_iter().collect(),
        jobs: jobs.unwrap_or_else(cores),
        progress: true,
        ..bare_request(cache)?
    };
    let matrix = matrix::run(&request, defects)?;
    print(&matrix.text())?;
    Ok(matrix.exit_code())
}

fn discover(options: &Discover) -> Result<u8> {
    let found = run::discover(&about(&options.of, options.timeout)?)?;
    eprint!("{}", found.table);
    for problem in &found.problems {
        eprintln!("problem  {}: {}", problem.r#where, problem.message);
    }
    print(&found.manifest)?;
    Ok(if found.problems.is_empty() { 0 } else { UNCLEAR })
}

fn bare_request(cache: Option<&Path>) -> Result<Request> {
    Ok(Request::new(Cache::at(cache).map_err(RunError::Cache)?))
}

fn trace(options: &Trace) -> Result<u8> {
    let request = Request { progress: true, ..about(&options.of, options.timeout)? };
    let (traces, problems) = run::trace(&request)?;
    let mut wanted = options.format.clone();
    if !wanted.iter().any(|(_, file)| file.is_none()) {
        wanted.push((Format::Text, None));
    }
    for (format, file) in wanted {
        let json = format == Format::Json;
        let text = if json { report::trace::json } else { report::trace::text }(&traces, &problems);
        hand_out(&text, file.as_deref())?;
    }
    Ok(capsule_conformance::conclude::trace_exit_code(&traces, &problems))
}

fn doctor(pythons: &[String], cache: Option<&Path>) -> Result<u8> {
    let findings = doctor::examine(pythons, &Cache::at(cache).map_err(RunError::Cache)?)?;
    print(&findings.text)?;
    Ok(if findings.healthy { 0 } else { UNCLEAR })
}

fn cache_command(clear: bool, folder: Option<&Path>) -> Result<u8> {
    let cache = Cache::at(folder).map_err(RunError::Cache)?;
    if clear {
        cache.clear().map_err(RunError::Cache)?;
        println!("{}  emptied", cache.root.display());
    } else {
        println!(
            "{}  {}  (empty it with `capsule-conformance cache --clear`)",
            cache.root.display(),
            doctor::megabytes(cache.size())
        );
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_of_ours() {
        assert_eq!(guarded(|| panic!("on purpose")), BUG);
        assert_eq!(guarded(|| Ok(4)), 4);
        assert_eq!(guarded(|| Err(ManifestError::Invalid(Vec::new()).into())), USAGE);
    }
}
