//! What the program writes: reports, to the terminal and to files, and the folders of reproducers; and the reports that it
//! reads again.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use capsule_conformance::model::{RunRecord, Verdict};
use capsule_conformance::report::{self, Format, Ink, ReadError, Style, Verbosity};
use capsule_conformance::reproduce::{self, Reproducer};
use capsule_conformance::run::RunError;
use capsule_conformance::{catalogue, embedded};

use crate::cli::{Colour, Reports};
use crate::{BUG, UNCLEAR};

/// Writes a folder for each finding.
pub(crate) fn write_reproducers(folder: &Path, reproducers: &[Reproducer], quiet: bool) -> Result<()> {
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
pub(crate) fn finish(reports: &Reports, record: &RunRecord, manifest: Option<&str>) -> Result<u8> {
    let unwritten = write_reports(reports, record, manifest)?;
    for error in &unwritten {
        eprintln!("error: {error:#}");
    }
    // A report that is missing keeps nobody from being told of findings or of a bug of ours.
    let told = unwritten.is_empty() || [1, BUG].contains(&record.exit_code);
    Ok(if told { record.exit_code } else { UNCLEAR })
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

pub(crate) fn hand_out(text: &str, file: Option<&Path>) -> Result<()> {
    match file {
        None => print(text),
        Some(file) => fs::write(file, text)
            .with_context(|| format!("cannot write the report {}; choose another file", file.display())),
    }
}

/// A reader that closes the pipe early, like `head`, is no failure of the run.
pub(crate) fn print(text: &str) -> Result<()> {
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
pub(crate) enum Unusable {
    #[error("cannot read {0}: {1}")]
    Missing(PathBuf, io::Error),
    #[error("{0} {1}")]
    NoReport(PathBuf, ReadError),
    #[error("in {0} every pairing passed or does not apply; there is nothing to run again")]
    NothingFailed(PathBuf),
}

pub(crate) fn read_report(file: &Path) -> Result<RunRecord, Unusable> {
    let text = fs::read_to_string(file).map_err(|error| Unusable::Missing(file.to_owned(), error))?;
    report::read(&text).map_err(|error| Unusable::NoReport(file.to_owned(), error))
}

/// The pairings that did not pass in a report.
pub(crate) fn failed(file: &Path) -> Result<Vec<String>, Unusable> {
    let not_passed =
        |verdict| matches!(verdict, Verdict::Fail | Verdict::StaleDifference | Verdict::Unverified | Verdict::Error);
    let results = read_report(file)?.results.into_iter().filter(|it| not_passed(it.verdict));
    let ids: Vec<String> = results.map(|it| it.id).collect();
    if ids.is_empty() { Err(Unusable::NothingFailed(file.to_owned())) } else { Ok(ids) }
}
