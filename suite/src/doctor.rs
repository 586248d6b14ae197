//! Says what this machine has of what a run needs, and how to get the rest.

use std::fmt::Write as _;

use crate::build::{self, Cache};
use crate::run::{self, RunError};

/// What was found.
#[derive(Debug, Clone)]
pub struct Findings {
    /// One line for each thing.
    pub text: String,
    /// True if a run can tell everything that it has to; without cargo it can.
    pub healthy: bool,
}

/// Looks at the interpreters named, else at the default one, and at compiler, cargo and cache.
///
/// # Errors
///
/// The cache or a private folder cannot be written.
pub fn examine(pythons: &[String], cache: &Cache) -> Result<Findings, RunError> {
    let (interpreters, problems) = run::examine(pythons, cache)?;
    let mut findings = Findings { text: String::new(), healthy: problems.is_empty() && !interpreters.is_empty() };
    for interpreter in &interpreters {
        let headers = interpreter.includes.first().map(|folder| format!("headers in {}", folder.display()));
        findings.healthy &= headers.is_some();
        let headers = headers.unwrap_or_else(|| build::NO_HEADERS.to_owned());
        findings.say("interpreter", &format!("{}  {}  {headers}", interpreter.id, interpreter.program.display()));
    }
    for problem in &problems {
        findings.say("interpreter", &format!("{}: {}", problem.r#where, problem.message));
    }
    let compiler = build::compiler_version();
    findings.healthy &= compiler.is_ok();
    findings.say("C compiler", &compiler.unwrap_or_else(|message| format!("missing: {message}")));
    let cargo = build::cargo_version();
    findings.say(
        "cargo",
        &cargo.unwrap_or_else(|message| format!("missing, so the Rust fixtures will be unverified: {message}")),
    );
    findings.say("cache", &format!("{}  {}", cache.root.display(), megabytes(cache.size())));
    Ok(findings)
}

impl Findings {
    fn say(&mut self, what: &str, found: &str) {
        writeln!(self.text, "{what:<12} {found}").expect("writing to a string");
    }
}

/// A size for people.
pub fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal of megabytes")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}
