//! Knows the command line: what can be asked, and in which words.

use std::path::PathBuf;

use capsule_conformance::conclude::FailOn;
use capsule_conformance::model::ShardRecord;
use capsule_conformance::report::Format;
use capsule_conformance::shard;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Checks extension modules that share C pointers through capsules.
///
/// Without --target it runs the suite's own fixtures against each other: is this interpreter conformant?
/// With --target it checks one extension module.
#[derive(Debug, Parser)]
#[command(name = "capsule-conformance", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// What to do instead of a run.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub(crate) run: Run,
}

const EXIT_CODES: &str = "\
Exit codes:
  0   conformant: nothing broke the --fail-on level, and every applicable must was verified
  1   findings
  2   wrong usage or configuration
  3   could not tell: the target cannot be imported, nothing could be run, a build or a host was lost
  4   a recorded deviation no longer occurs
  70  a bug in the suite itself";

/// What can be done instead of a run.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the cases with level and one-line summary; starts nothing.
    List {
        /// Only cases whose id matches.
        #[arg(long = "case", value_name = "GLOB")]
        cases: Vec<String>,
    },
    /// Explain a case: what it demands, why, its source, wrong and right code in C and in Rust, what differs, what proves it.
    Explain {
        /// A case's id, a pattern, or the end of an id that only one case has.
        #[arg(value_name = "CASE", required_unless_present = "write")]
        case: Option<String>,
        /// Write a page for each case, and a list of all, below DIR: how `docs/cases` is made.
        #[arg(long, value_name = "DIR", conflicts_with = "case")]
        write: Option<PathBuf>,
    },
    /// Say what a module makes: a table on stderr, a manifest that loads as it is on stdout; runs no case.
    ///
    /// Exit code 3, as for a run, if a module cannot be imported or no capsule is found or declared.
    Discover(Discover),
    /// Make one report of the JSON reports of all shards; exits as the whole run would have.
    Merge {
        /// One report for each shard.
        #[arg(value_name = "FILE", required = true)]
        shards: Vec<PathBuf>,
        /// What is written.
        #[command(flatten)]
        reports: Reports,
        /// What fails the run.
        #[command(flatten)]
        gate: Gate,
    },
    /// Say what changed between two JSON reports; exit code 1 if something became worse.
    Diff {
        /// The report before.
        old: PathBuf,
        /// The report after.
        new: PathBuf,
    },
    /// Run every case against every defect fixture: which case finds which defect?
    KillMatrix {
        /// Only defects whose names match; repeatable.
        #[arg(long = "defect", value_name = "GLOB")]
        defects: Vec<String>,
        /// The interpreter; default as for a run.
        #[arg(long, value_name = "PATH")]
        python: Option<String>,
        /// Where built fixtures are kept.
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
        /// Parallel hosts; default: the number of cores.
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
    },
    /// Watch a module's capsule calls: which capsules it makes, and takes from whom, by which call.
    Trace(Trace),
    /// Record what a target hands out: paths, names, conventions, signatures, tables.
    Baseline(Record),
    /// Say what was found: interpreters, headers, compiler, cargo, cache; what is missing and how to get it.
    Doctor {
        /// Interpreters to look at; default as for a run.
        #[arg(long, value_name = "PATH")]
        python: Vec<String>,
        /// Where built fixtures are kept.
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
    },
    /// Say where the cache is and how large; or empty it.
    Cache {
        /// Remove everything in it.
        #[arg(long)]
        clear: bool,
        /// Where built fixtures are kept.
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
    },
}

/// The options of a trace.
#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// What is watched; the manifest's exercises and triggers are too.
    #[command(flatten)]
    pub(crate) of: Of,
    /// `text` or `json`, to stdout or to FILE.
    #[arg(long, value_name = "FMT[=FILE]", value_parser = trace_format)]
    pub(crate) format: Vec<(Format, Option<PathBuf>)>,
    /// Limit for one module.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// The options of a look.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// What is looked at; what its manifest says is kept.
    #[command(flatten)]
    pub(crate) of: Of,
    /// Limit for the look at one module.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// The options of a record.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) write: PathBuf,
    /// What is recorded.
    #[command(flatten)]
    pub(crate) of: Of,
    /// Limit for one process.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// Targets, and how they are found.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// This extension module, by its dotted import name; repeatable.
    #[arg(long = "target", value_name = "MODULE", required_unless_present = "config")]
    pub(crate) targets: Vec<String>,
    /// Under this interpreter; default as for a run; repeatable.
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Vec<String>,
    /// Put DIR first on the target's sys.path, for modules that are built but not installed.
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Vec<PathBuf>,
    /// The manifest; default as for a run.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where built fixtures are kept; default: $XDG_CACHE_HOME/capsule-conformance.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}

/// The options of a run.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Check this extension module, by its dotted import name.
    #[arg(long = "target", value_name = "MODULE")]
    pub(crate) targets: Vec<String>,
    /// Pair the participant in DIR, which has a manifest and a command that builds it, with every fixture of the other side.
    #[arg(long = "participant", value_name = "DIR", conflicts_with_all = ["targets", "wheel", "config", "baseline"])]
    pub(crate) participants: Vec<PathBuf>,
    /// Test under this interpreter; default: the active virtual environment's, else python3 on PATH.
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Vec<String>,
    /// Put DIR first on the target's sys.path, for modules that are built but not installed.
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Vec<PathBuf>,
    /// Install this wheel into an environment of its own and check its extension modules, or those that --target names.
    #[arg(long, value_name = "FILE")]
    pub(crate) wheel: Option<PathBuf>,
    /// The manifest; default: capsule-conformance.toml, else [tool.capsule-conformance] in pyproject.toml, here.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Hold the target to what `baseline --write` recorded of an earlier release.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// What is written.
    #[command(flatten)]
    pub(crate) reports: Reports,
    /// Only cases whose id matches.
    #[arg(long = "case", value_name = "GLOB")]
    pub(crate) cases: Vec<String>,
    /// No cases whose id matches.
    #[arg(long = "skip", value_name = "GLOB")]
    pub(crate) skips: Vec<String>,
    /// Only pairings with this producer.
    #[arg(long = "producer", value_name = "ID")]
    pub(crate) producers: Vec<String>,
    /// Only pairings with this consumer.
    #[arg(long = "consumer", value_name = "ID")]
    pub(crate) consumers: Vec<String>,
    /// Exactly this pairing: the id of a result.
    #[arg(long = "pairing", value_name = "ID")]
    pub(crate) pairings: Vec<String>,
    /// The K-th of N parts, cut by the pairings' ids; `merge` makes one report of them.
    #[arg(long, value_name = "K/N", value_parser = shard::parse)]
    pub(crate) shard: Option<ShardRecord>,
    /// Only the pairings that did not pass in this JSON report.
    #[arg(long, value_name = "FILE")]
    pub(crate) rerun_failed: Option<PathBuf>,
    /// Write a program of a few lines for each finding about a target, which shows it with nothing of the suite's.
    #[arg(long, value_name = "DIR")]
    pub(crate) reproduce: Option<PathBuf>,
    /// What fails the run.
    #[command(flatten)]
    pub(crate) gate: Gate,
    /// Parallel hosts; default: the number of cores.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) jobs: Option<usize>,
    /// Limit for one pairing.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) timeout: f64,
    /// Where built fixtures are kept; default: $XDG_CACHE_HOME/capsule-conformance.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}

/// Which reports are written, and how.
#[derive(Debug, Args)]
pub(crate) struct Reports {
    /// A report, to stdout or to FILE.
    #[arg(long, value_name = "FMT[=FILE]", value_parser = format_and_file, help = format_help())]
    pub(crate) format: Vec<(Format, Option<PathBuf>)>,
    /// Colour in the text report; honours `NO_COLOR` and `CLICOLOR_FORCE`.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub(crate) color: Colour,
    /// The last lines only.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Every result.
    #[arg(long, short, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}

/// Which findings fail a run.
#[derive(Debug, Args)]
pub(crate) struct Gate {
    /// A broken `should` fails the run too; short for --fail-on should.
    #[arg(long, conflicts_with = "fail_on")]
    pub(crate) strict: bool,
    /// Which findings make exit code 1.
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "must")]
    pub(crate) fail_on: FailLevel,
}

impl Gate {
    /// The two options as one.
    pub(crate) fn fail_on(&self) -> FailOn {
        if self.strict { FailLevel::Should } else { self.fail_on }.into()
    }
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailLevel {
    /// Broken `must` requirements.
    Must,
    /// Broken `should` requirements too.
    Should,
    /// Findings never fail the run.
    Never,
}

impl From<FailLevel> for FailOn {
    fn from(level: FailLevel) -> FailOn {
        match level {
            FailLevel::Must => FailOn::Must,
            FailLevel::Should => FailOn::Should,
            FailLevel::Never => FailOn::Never,
        }
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn format_help() -> String {
    let words: Vec<String> = Format::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|it| it.get_name().to_owned())
        .collect();
    format!("A report, to stdout or to FILE; repeatable [formats: {}]", words.join(", "))
}

fn format_and_file(text: &str) -> Result<(Format, Option<PathBuf>), String> {
    let (word, file) = match text.split_once('=') {
        Some((_, "")) => return Err("names no file after `=`".to_owned()),
        Some((word, file)) => (word, Some(PathBuf::from(file))),
        None => (text, None),
    };
    Ok((Format::from_str(word, false).map_err(|_| format!("`{word}` is no format"))?, file))
}

fn trace_format(text: &str) -> Result<(Format, Option<PathBuf>), String> {
    let parsed = format_and_file(text)?;
    let known = matches!(parsed.0, Format::Text | Format::Json);
    if known { Ok(parsed) } else { Err("a trace is written as `text` or `json`".to_owned()) }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "must be a whole number from 1".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let in_range = |number: &f64| *number > 0.0 && *number <= 86_400.0;
    text.parse().ok().filter(in_range).ok_or_else(|| "must be a number of seconds above 0, at most 86400".to_owned())
}
