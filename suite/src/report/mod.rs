//! Writes a finished run in one of the formats of [`Format`]; pure: the record in, bytes out.

mod badge;
mod diff;
mod finding;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;
pub mod trace;

use crate::model::{Case, CaseResult, RunRecord, Verdict};

pub use diff::{Changes, diff};
pub use json::ReadError;
pub(crate) use json::SCHEMA;
pub use text::{Ink, Verbosity};

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: the record itself, versioned by its `schema`.
    Json,
    /// For CI servers: a test case for each pairing.
    Junit,
    /// For code scanning: SARIF 2.1.0, a rule for each case.
    Sarif,
    /// For people with a browser: one page with all of it, which fetches nothing.
    Html,
    /// For a job summary.
    Markdown,
    /// Workflow commands, which become annotations on a pull request.
    Github,
    /// An endpoint badge of shields.io.
    Badge,
}

/// What a format may know besides the record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style<'a> {
    /// Colour, for the formats that have any.
    pub ink: Ink,
    /// How much is said.
    pub verbosity: Verbosity,
    /// The suite's cases, for the formats that explain them.
    pub cases: &'a [Case],
    /// The manifest as the user named it, for the formats that point at a file.
    pub manifest: Option<&'a str>,
}

impl Style<'_> {
    fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }
}

impl Format {
    /// The report's bytes.
    pub fn write(self, record: &RunRecord, style: Style) -> String {
        match self {
            Format::Text => text::write(record, style),
            Format::Json => json::write(record),
            Format::Junit => junit::write(record, style),
            Format::Sarif => sarif::write(record, style),
            Format::Html => html::write(record, style),
            Format::Markdown => markdown::write(record, style),
            Format::Github => github::write(record, style),
            Format::Badge => badge::write(record),
        }
    }
}

/// Reads a JSON report again.
///
/// # Errors
///
/// It is none, it is of another version, or the run that wrote it did not come to its end.
pub fn read(text: &str) -> Result<RunRecord, ReadError> {
    json::read(text)
}

/// The findings of one case with this verdict, as the text report shows them.
pub fn findings_of(record: &RunRecord, case: &str, verdict: Verdict) -> Vec<String> {
    let groups = finding::groups(record, verdict).into_iter().filter(|it| it[0].case == case);
    groups.map(|results| text::finding(&results)).collect()
}

/// One finding as the text report shows it; `results` are the pairings that share it, at least one.
pub fn finding(results: &[&CaseResult]) -> String {
    text::finding(results)
}
