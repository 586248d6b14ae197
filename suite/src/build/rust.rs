//! Builds the Rust fixtures with cargo: one invocation for all that are missing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use super::store::{self, Cache, Key};
use super::{Task, What};
use crate::embedded;
use crate::model::{Fixture, Interpreter};

/// One crate to build.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) output: PathBuf,
    pub(super) package: String,
    pub(super) flavour: Flavour,
}

/// Which interpreters the result serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flavour {
    /// All that load the stable ABI.
    Abi3,
    /// This one alone.
    Only(PathBuf),
}

/// What tells this toolchain from another.
pub(super) fn toolchain() -> Result<String, String> {
    let missing = |why: String| format!("no Rust toolchain: {why}; install one from https://rustup.rs");
    for program in ["cargo", "rustc"] {
        let output = Command::new(program).arg("--version").arg("--verbose").output();
        let output = output.map_err(|error| missing(format!("{program}: {error}")))?;
        if !output.status.success() {
            return Err(missing(format!("{program} --version ends with {}", output.status)));
        }
        if program == "rustc" {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
    }
    Err(missing("rustc is not there".to_owned()))
}

/// The job for one fixture under one interpreter.
pub(super) fn job(fixture: &Fixture, stem: &str, interpreter: &Interpreter, toolchain: &str, cache: &Cache) -> Job {
    let folder = fixture.source.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
    let flavour = if interpreter.loads_abi3 { Flavour::Abi3 } else { Flavour::Only(interpreter.program.clone()) };
    let mut parts: Vec<&[u8]> = vec![toolchain.as_bytes()];
    if flavour != Flavour::Abi3 {
        parts.push(interpreter.identity.as_bytes());
    }
    // The crate itself, and what it shares with the others; not the other crates.
    let shared = ["rust_fixtures/Cargo.toml", "rust_fixtures/Cargo.lock"];
    for (path, bytes) in embedded::FILES {
        let own = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if own || shared.contains(path) || path.starts_with("rust_fixtures/support/") {
            parts.extend([path.as_bytes(), *bytes]);
        }
    }
    let suffix = if flavour == Flavour::Abi3 { ".abi3.so" } else { &interpreter.suffix };
    let output = cache.artifact(&Key::of(parts), &format!("{stem}{suffix}"));
    let package = folder.rsplit('/').next().unwrap_or_default().to_owned();
    Job { output, package, flavour }
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// Runs cargo once for each flavour.
pub(super) fn compile<'a>(tasks: &[&'a Task], cache: &Cache) -> Vec<(&'a Task, Result<PathBuf, String>)> {
    let mut by_flavour: BTreeMap<Flavour, Vec<(&'a Task, &'a Job)>> = BTreeMap::new();
    for task in tasks {
        if let What::Rust(job) = &task.what {
            by_flavour.entry(job.flavour.clone()).or_default().push((task, job));
        }
    }
    let mut outcomes = Vec::new();
    for (flavour, jobs) in by_flavour {
        let made = cargo(&flavour, &jobs.iter().map(|(_, job)| job.package.as_str()).collect::<Vec<_>>(), cache);
        for (task, job) in jobs {
            let outcome = made.as_ref().map_err(Clone::clone).and_then(|made| {
                let file =
                    made.get(&job.package).ok_or_else(|| format!("cargo made no library for {}", job.package))?;
                store::publish(file, &job.output).map_err(|error| error.to_string())?;
                Ok(job.output.clone())
            });
            outcomes.push((task, outcome));
        }
    }
    outcomes
}

/// The libraries that cargo made, by package.
fn cargo(flavour: &Flavour, packages: &[&str], cache: &Cache) -> Result<BTreeMap<String, PathBuf>, String> {
    let source = cache.source().map_err(|error| error.to_string())?.join("rust_fixtures");
    let mut command = Command::new("cargo");
    command
        .args(["build", "--locked", "--message-format=json", "--manifest-path"])
        .arg(source.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(cache.root.join("cargo"))
        .args(packages.iter().flat_map(|package| ["-p", package]))
        // Without it PyO3 links libpython, and one binary would not serve several interpreters.
        .env("PYO3_BUILD_EXTENSION_MODULE", "1")
        // Each version of the sources has a folder of its own, so nothing is ever built incrementally.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(&source);
    match flavour {
        Flavour::Abi3 => command.args(["--features", "abi3"]).env("PYO3_NO_PYTHON", "1"),
        Flavour::Only(program) => command.env("PYO3_PYTHON", program),
    };
    let output = command.output().map_err(|error| format!("cargo: {error}; install Rust from https://rustup.rs"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let tail: Vec<&str> = text.lines().rev().take(30).collect();
        return Err(format!("cargo failed:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n")));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter_map(|message| {
            let target = message.target.filter(|it| it.crate_types.iter().any(|kind| kind == "cdylib"))?;
            Some((target.name, message.filenames.into_iter().next()?))
        })
        .collect())
}
