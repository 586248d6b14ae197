//! The report for people: short when all is well, precise when not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::finding::{Told, answer, counts, extent, others, places, plural, title, told};
use crate::model::{CaseResult, Level, RunRecord, Verdict};

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ink {
    /// Escape sequences of a terminal.
    Colour,
    /// None.
    #[default]
    Plain,
}

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// The last lines only.
    Quiet,
    /// Findings and what could not be told.
    #[default]
    Normal,
    /// Every result.
    Verbose,
}

pub(super) fn write(record: &RunRecord, style: super::Style) -> String {
    let mut text = String::new();
    let paint = Paint(style.ink);
    if style.verbosity != Verbosity::Quiet {
        for verdict in [Verdict::Fail, Verdict::StaleDifference, Verdict::Error] {
            let together = style.verbosity != Verbosity::Verbose;
            for finding in told(record, verdict, together) {
                write_finding(&mut text, &finding, paint);
            }
        }
        notes(&mut text, record, style.verbosity, paint);
    }
    if style.verbosity == Verbosity::Verbose {
        for result in &record.results {
            line(&mut text, format_args!("{:<16} {}", result.verdict.word(), result.id));
        }
    }
    closing(&mut text, record, paint);
    text
}

pub(super) fn finding(results: &[&CaseResult]) -> String {
    let mut text = String::new();
    write_finding(&mut text, &Told { results: results.to_vec(), also: Vec::new() }, Paint(Ink::Plain));
    text
}

fn write_finding(text: &mut String, finding: &Told, paint: Paint) {
    let first = finding.results[0];
    let level = match (first.verdict, first.level) {
        (Verdict::Fail, Level::Must) => paint.red("must"),
        (Verdict::Fail, _) => paint.yellow("should"),
        (verdict, _) => paint.red(verdict.word()),
    };
    let name = title(first);
    let (case, row) = name.split_at(first.case.len());
    line(text, format_args!("{level}  {}{row}  {}", paint.bold(case), first.subject));
    for (word, value) in [("expected", &first.expected), ("seen", &first.observed)] {
        if let Some(value) = value {
            field(text, word, value);
        }
    }
    if !first.message.is_empty() {
        field(text, if first.verdict == Verdict::Error { "reason" } else { "detail" }, &first.message);
    }
    if let Some(why) = &first.why {
        field(text, "why", why);
    }
    field(text, "where", &places(&finding.results, 5));
    if let Some(output) = first.output.as_ref().filter(|it| !it.trim().is_empty()) {
        let tail: Vec<&str> = output.trim_end().lines().rev().take(4).collect();
        field(text, "output", &tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    if !finding.also.is_empty() {
        field(text, "also", &others(&finding.also).join("\n"));
    }
    field(text, "rerun", &first.rerun);
    text.push('\n');
}

/// What is not a finding but has to be said: what nobody could tell, what is known, what kind the capsules are.
fn notes(text: &mut String, record: &RunRecord, verbosity: Verbosity, paint: Paint) {
    for problem in &record.problems {
        line(text, format_args!("{}  {}: {}", paint.red("problem"), problem.r#where, problem.message));
    }
    for target in &record.targets {
        let mut by_convention: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for capsule in &target.produces {
            by_convention.entry(&capsule.convention).or_default().push(&capsule.path);
        }
        for (convention, paths) in by_convention {
            let (module, interpreter) = (&target.module, &target.interpreter);
            let shown = listed(&paths, verbosity);
            line(text, format_args!("{module} on {interpreter} produces  {convention}: {shown}"));
        }
    }
    takes(text, record, verbosity);
    let mut known: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for result in record.results.iter().filter(|it| it.verdict == Verdict::KnownDifference) {
        *known.entry((&result.case, &result.message)).or_default() += 1;
    }
    for ((case, reason), count) in known {
        line(text, format_args!("known difference  {case} ({count} {}): {reason}", plural(count, "pairing")));
    }
    for result in record.results.iter().filter(|it| it.verdict == Verdict::Info) {
        let observed = result.observed.as_deref().unwrap_or_default();
        line(text, format_args!("info  {}  {}: {observed}", result.case, result.subject));
    }
    unconfirmed(text, record);
    coverage(text, record, paint);
}

/// Passes whose first run, in a fork, was a finding: no findings, yet never silent.
fn unconfirmed(text: &mut String, record: &RunRecord) {
    let mut seen: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for result in record.results.iter().filter(|it| it.verdict == Verdict::Pass && !it.message.is_empty()) {
        *seen.entry((&result.case, &result.subject, &result.message)).or_default() += 1;
    }
    for ((case, subject, message), count) in seen {
        line(text, format_args!("note  {case} for {subject} ({count} {}): {message}", plural(count, "pairing")));
    }
}

/// What targets were seen to take from others.
fn takes(text: &mut String, record: &RunRecord, verbosity: Verbosity) {
    for target in &record.targets {
        let package = target.module.split('.').next();
        let seen = target.consumes.iter().filter(|it| it.via.is_some());
        let paths: BTreeSet<&str> = seen.map(|it| it.path.as_str()).collect();
        let foreign: Vec<&str> = paths.into_iter().filter(|path| path.split('.').next() != package).collect();
        if !foreign.is_empty() {
            let shown = listed(&foreign, verbosity);
            line(text, format_args!("{} on {} takes  {shown}", target.module, target.interpreter));
        }
    }
}

/// As many as are worth reading.
fn listed(paths: &[&str], verbosity: Verbosity) -> String {
    let shown = if verbosity == Verbosity::Verbose { paths.len() } else { paths.len().min(4) };
    let more = if paths.len() > shown { format!(", … ({} in all)", paths.len()) } else { String::new() };
    format!("{}{more}", paths[..shown].join(", "))
}

/// What this machine could not tell: one line for each reason, and the requirements that nobody verified for it.
fn coverage(text: &mut String, record: &RunRecord, paint: Paint) {
    let mut unverified: BTreeMap<&str, u64> = BTreeMap::new();
    for result in record.results.iter().filter(|it| it.verdict == Verdict::Unverified) {
        *unverified.entry(first_line(&result.message)).or_default() += 1;
    }
    let told: BTreeSet<&str> = record.problems.iter().map(|it| first_line(&it.message)).collect();
    // A problem has been told above, with what to do about it.
    let (above, others): (Vec<_>, Vec<_>) = unverified.into_iter().partition(|(reason, _)| told.contains(reason));
    let count = above.iter().map(|(_, count)| count).sum();
    if count > 0 {
        line(text, format_args!("unverified  {count} {}, for what is said above", plural(count, "pairing")));
    }
    for (reason, count) in others {
        line(text, format_args!("unverified  {count} {}: {reason}", plural(count, "pairing")));
    }
    let mut open: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for must in &record.unverified_must {
        let place = format!("{} for {} on {}", must.case, must.subject, must.interpreter);
        open.entry(first_line(&must.reason)).or_default().push(place);
    }
    for (reason, places) in open {
        let shown = places.len().min(3);
        let more = if places.len() > shown { format!(", and {} more", places.len() - shown) } else { String::new() };
        let reason = if told.contains(reason) { String::new() } else { format!(": {reason}") };
        line(text, format_args!("{}  {}{more}{reason}", paint.red("not verified"), places[..shown].join(", ")));
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn closing(text: &mut String, record: &RunRecord, paint: Paint) {
    let extent = extent(record);
    if record.planned == 0 {
        line(text, format_args!("{extent}"));
    } else {
        line(text, format_args!("{extent}: {}", counts(record)));
    }
    let answer = answer(record);
    let answer = match record.exit_code {
        0 if record.conformant => paint.green(&answer),
        1 | 3 | 70 => paint.red(&answer),
        4 => paint.yellow(&answer),
        _ => answer,
    };
    line(text, format_args!("{answer}"));
}

fn field(text: &mut String, word: &str, value: &str) {
    for (index, part) in value.lines().enumerate() {
        let word = if index == 0 { word } else { "" };
        line(text, format_args!("  {word:<9} {part}"));
    }
}

fn line(text: &mut String, content: std::fmt::Arguments) {
    writeln!(text, "{content}").expect("writing to a string");
}

#[derive(Clone, Copy)]
struct Paint(Ink);

impl Paint {
    fn with(self, code: u8, text: &str) -> String {
        match self.0 {
            Ink::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Ink::Plain => text.to_owned(),
        }
    }

    fn red(self, text: &str) -> String {
        self.with(31, text)
    }

    fn yellow(self, text: &str) -> String {
        self.with(33, text)
    }

    fn green(self, text: &str) -> String {
        self.with(32, text)
    }

    fn bold(self, text: &str) -> String {
        self.with(1, text)
    }
}
