//! Arguments, the terminal, the exit code; nothing else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that speaks to the terminal")]

mod cli;

use std::io::{IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, io, thread};

use anyhow::{Context, Result};
use capsule_conformance::baseline::{Baseline, BaselineError};
use capsule_conformance::build::{Cache, CacheError};
use capsule_conformance::explain::{self, ExplainError, Reader};
use capsule_conformance::inspect::wheel::WheelError;
use capsule_conformance::manifest::{ManifestError, Meant};
use capsule_conformance::model::{Problem, RunRecord, Verdict};
use capsule_conformance::plan::Selection;
use capsule_conformance::report::{self, Format, Ink, ReadError, Style, Verbosity};
use capsule_conformance::reproduce::{self, Reproducer};
use capsule_conformance::run::{self, Effort, MergeError, Request, RunError};
use capsule_conformance::{catalogue, doctor, embedded, matrix, strays};
use clap::Parser;

use cli::{Cli, Colour, Command, Gate, Reports, Run};

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
        Some(Command::KillMatrix { python, cache, jobs }) => kill_matrix(python, cache.as_deref(), jobs),
        Some(Command::Trace(options)) => trace(&options),
        Some(Command::Baseline { write, target }) => baseline_command(&write, *target),
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

/// Writes a folder for each finding.
fn write_reproducers(folder: &Path, reproducers: &[Reproducer], quiet: bool) -> Result<()> {
    for reproducer in reproducers {
        let inside = folder.join(&reproducer.folder);
        let write = || {
            fs::create_dir_all(&inside)?;
            // What an earlier run left there is about that run.
            for other in [reproduce::PROGRAM, reproduce::EXCUSE].iter().filter(|it| **it != reproducer.file) {
                drop(fs::remove_file(inside.join(other)));
            }
            fs::write(inside.join(reproducer.file), &reproducer.text)
        };
        write().with_context(|| format!("cannot write {}; choose another folder", inside.display()))?;
    }
    if !quiet {
        let alone = reproducers.iter().filter(|it| it.file == reproduce::PROGRAM).count();
        let others = reproducers.len() - alone;
        eprintln!("{} reproducers in {}; {others} findings cannot be shown so", alone, folder.display());
    }
    Ok(())
}

/// Writes the reports; the exit code.
fn finish(reports: &Reports, record: &RunRecord, manifest: Option<&str>) -> Result<u8> {
    let unwritten = write_reports(reports, record, manifest)?;
    for error in &unwritten {
        eprintln!("error: {error:#}");
    }
    // A report that is missing keeps nobody from being told of findings or of a bug of ours.
    let told = unwritten.is_empty() || [1, BUG].contains(&record.exit_code);
    Ok(if told { record.exit_code } else { UNCLEAR })
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

fn baseline_command(file: &Path, of: cli::Of) -> Result<u8> {
    let meant = meant(of.config.as_deref(), &of.targets)?;
    if meant.targets.is_empty() {
        eprintln!("error: a baseline needs a --target");
        return Ok(USAGE);
    }
    let request = Request {
        pythons: of.python.into_iter().collect(),
        targets: meant.targets,
        manifest: meant.manifest,
        path: of.path,
        timeout: Duration::from_secs_f64(of.timeout),
        ..bare_request(of.cache.as_deref())?
    };
    let (baseline, problems) = run::baseline(&request)?;
    for problem in &problems {
        eprintln!("problem: {}: {}", problem.r#where, problem.message);
    }
    if baseline.is_empty() {
        eprintln!("error: no capsule was found that is kept anywhere; nothing is written");
        return Ok(UNCLEAR);
    }
    baseline.write(file)?;
    print(&format!("recorded {} capsules in {}\n", baseline.len(), file.display()))?;
    Ok(0)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Writes every report that can be written; returns what kept the others from it.
fn write_reports(options: &Reports, record: &RunRecord, manifest: Option<&str>) -> Result<Vec<anyhow::Error>> {
    let cases = catalogue::load(embedded::FILES.iter().copied()).map_err(RunError::from)?.cases;
    let verbosity = match (options.quiet, options.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let mut wanted = options.format.clone();
    if !wanted.iter().any(|(_, file)| file.is_none()) {
        wanted.push((Format::Text, None));
    }
    let write = |(format, file): (Format, Option<PathBuf>)| {
        let ink = if file.is_none() { ink(options.color) } else { Ink::Plain };
        let text = format.write(record, Style { ink, verbosity, cases: &cases, manifest });
        hand_out(&text, file.as_deref())
    };
    Ok(wanted.into_iter().filter_map(|it| write(it).err()).collect())
}

fn hand_out(text: &str, file: Option<&Path>) -> Result<()> {
    match file {
        None => print(text),
        Some(file) => fs::write(file, text)
            .with_context(|| format!("cannot write the report {}; choose another file", file.display())),
    }
}

/// A reader that closes the pipe early, like `head`, is no failure of the run.
fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot write to stdout"),
        _ => Ok(()),
    }
}

fn ink(colour: Colour) -> Ink {
    let set = |key: &str| env::var_os(key).is_some_and(|value| !value.is_empty());
    let coloured = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if set("NO_COLOR") => false,
        Colour::Auto => env::var_os("CLICOLOR_FORCE").is_some_and(|it| it != "0") || io::stdout().is_terminal(),
    };
    if coloured { Ink::Colour } else { Ink::Plain }
}

/// A report that was named and cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("cannot read {0}: {1}")]
    Missing(PathBuf, io::Error),
    #[error("{0} {1}")]
    NoReport(PathBuf, ReadError),
    #[error("in {0} every pairing passed or does not apply; there is nothing to run again")]
    NothingFailed(PathBuf),
}

fn read_report(file: &Path) -> Result<RunRecord, Unusable> {
    let text = fs::read_to_string(file).map_err(|error| Unusable::Missing(file.to_owned(), error))?;
    report::read(&text).map_err(|error| Unusable::NoReport(file.to_owned(), error))
}

/// The pairings that did not pass in a report.
fn failed(file: &Path) -> Result<Vec<String>, Unusable> {
    let not_passed =
        |verdict| matches!(verdict, Verdict::Fail | Verdict::StaleDifference | Verdict::Unverified | Verdict::Error);
    let results = read_report(file)?.results.into_iter().filter(|it| not_passed(it.verdict));
    let ids: Vec<String> = results.map(|it| it.id).collect();
    if ids.is_empty() { Err(Unusable::NothingFailed(file.to_owned())) } else { Ok(ids) }
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

fn kill_matrix(python: Option<String>, cache: Option<&Path>, jobs: Option<usize>) -> Result<u8> {
    let request = Request {
        pythons: python.into_iter().collect(),
        jobs: jobs.unwrap_or_else(cores),
        progress: true,
        ..bare_request(cache)?
    };
    let matrix = matrix::run(&request)?;
    print(&matrix.text())?;
    Ok(matrix.exit_code())
}

fn discover(options: &cli::Discover) -> Result<u8> {
    let meant = meant(options.config.as_deref(), &options.targets)?;
    let found = run::discover(&Request {
        pythons: options.python.clone(),
        targets: meant.targets,
        manifest: meant.manifest,
        path: options.path.clone(),
        timeout: Duration::from_secs_f64(options.timeout),
        ..bare_request(options.cache.as_deref())?
    })?;
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

fn trace(options: &cli::Trace) -> Result<u8> {
    let meant = meant(options.config.as_deref(), &options.targets)?;
    let request = Request {
        pythons: options.python.clone(),
        targets: meant.targets,
        path: options.path.clone(),
        timeout: Duration::from_secs_f64(options.timeout),
        progress: true,
        ..bare_request(options.cache.as_deref())?
    };
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
