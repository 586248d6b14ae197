//! Makes participants from outside, each by the command of its manifest: the suite knows nothing else of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use super::store::{self, Cache, Key};
use super::{Artifacts, NO_HEADERS, Task, Wanted, What, compiler_version};
use crate::embedded;
use crate::model::{Fixture, Interpreter, Participant};

/// One module to make.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) output: PathBuf,
    folder: PathBuf,
    command: String,
    interpreter: Interpreter,
}

/// What is left of a folder: what else is in it may matter to the command.
const LEFT_OUT: [&str; 2] = [".git", "target"];

/// As many lines of what a command said are told.
const TOLD: usize = 30;

/// The tasks for the participants from outside.
pub(super) fn plan(
    wanted: &Wanted,
    interpreters: &[Interpreter],
    fixtures: &[Fixture],
    cache: &Cache,
    artifacts: &mut Artifacts,
    tasks: &mut Vec<Task>,
) {
    for (index, participant) in &wanted.participants {
        let Participant::Fixture { stem, build } = participant else {
            continue;
        };
        let Some(fixture) = fixtures.iter().find(|it| it.is_outside() && it.stem == *stem && it.builds.contains(build))
        else {
            continue;
        };
        let users = vec![(*index, Some(participant.clone()))];
        let interpreter = &interpreters[*index];
        let label = format!("{} for {}", participant.id(), interpreter.id);
        if interpreter.includes.is_empty() {
            artifacts.keep(&users, &Err(NO_HEADERS.to_owned()));
            continue;
        }
        match job(fixture, interpreter, cache) {
            Ok(job) => tasks.push(Task { what: What::Outside(job), label, users }),
            Err(error) => artifacts.fail(&label, &users, &format!("cannot read {}: {error}", fixture.source)),
        }
    }
}

fn job(fixture: &Fixture, interpreter: &Interpreter, cache: &Cache) -> io::Result<Job> {
    let folder = PathBuf::from(&fixture.source);
    let mut files = BTreeMap::new();
    collect(&folder, Path::new(""), &mut files)?;
    // The command may use anything of the suite's sources.
    let (suite, compiler) = (embedded::digest(), compiler_version().unwrap_or_default());
    let mut parts: Vec<&[u8]> = vec![suite.as_bytes(), compiler.as_bytes(), interpreter.identity.as_bytes()];
    for (path, bytes) in &files {
        parts.extend([path.as_os_str().as_encoded_bytes(), bytes.as_slice()]);
    }
    let output = cache.artifact(&Key::of(parts), &format!("{}{}", fixture.stem, interpreter.suffix));
    let command = fixture.command.clone().unwrap_or_default();
    Ok(Job { output, folder, command, interpreter: interpreter.clone() })
}

/// The files of a folder, by their paths in it.
fn collect(root: &Path, below: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let name = entry?.file_name();
        let path = below.join(&name);
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if root.join(&path).is_dir() {
            collect(root, &path, files)?;
        } else {
            files.insert(path.clone(), fs::read(root.join(&path))?);
        }
    }
    Ok(())
}

/// Runs the command in a copy of the folder, beside which the suite's sources are.
pub(super) fn compile(job: &Job, cache: &Cache) -> Result<PathBuf, String> {
    let unwritten = |error: io::Error| format!("cannot make a folder to build in: {error}");
    let scratch = tempfile::Builder::new().prefix("build-").tempdir_in(&cache.root).map_err(unwritten)?;
    let (folder, made) = (scratch.path().join("participant"), scratch.path().join("made"));
    let made = made.join(job.output.file_name().unwrap_or_default());
    copy(job, &folder, &made).map_err(unwritten)?;
    let source = cache.source().map_err(|error| error.to_string())?;
    symlink(source, scratch.path().join("suite")).map_err(unwritten)?;
    let said = run(job, &folder, &made, cache).map_err(|said| {
        // The copy is gone when this is read, and called otherwise each time.
        said.replace(&folder.display().to_string(), &job.folder.display().to_string())
    })?;
    if !made.is_file() {
        let folder = job.folder.display();
        return Err(format!("the command of {folder} made no file at $OUTPUT; let it write the module there\n{said}"));
    }
    store::publish(&made, &job.output).map_err(|error| error.to_string())?;
    Ok(job.output.clone())
}

fn copy(job: &Job, folder: &Path, made: &Path) -> io::Result<()> {
    let mut files = BTreeMap::new();
    collect(&job.folder, Path::new(""), &mut files)?;
    for path in files.keys() {
        let copied = folder.join(path);
        fs::create_dir_all(copied.parent().unwrap_or(folder))?;
        // With its permissions: it may be a script that the command starts.
        fs::copy(job.folder.join(path), copied)?;
    }
    fs::create_dir_all(made.parent().unwrap_or(folder))
}

/// What the command said.
fn run(job: &Job, folder: &Path, made: &Path, cache: &Cache) -> Result<String, String> {
    let program = &job.interpreter.program;
    let mut command = Command::new("sh");
    command.args(["-ec", &job.command]).current_dir(folder).stdin(Stdio::null());
    command.env("OUTPUT", made).env("PYTHON", program);
    for compiler in ["C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"] {
        command.env(compiler, with_headers(&job.interpreter, compiler));
    }
    // As for the suite's own crates; what they share is then compiled once.
    command.env("PYO3_PYTHON", program).env("PYO3_BUILD_EXTENSION_MODULE", "1");
    command.env("CARGO_TARGET_DIR", cache.root.join("cargo"));
    let output = command.output().map_err(|error| format!("sh: {error}"))?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    let said = lines[lines.len().saturating_sub(TOLD)..].join("\n");
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("the command of {} failed ({}):\n{said}", job.folder.display(), output.status))
}

/// The folders of a compiler's variable, after those with `Python.h`.
fn with_headers(interpreter: &Interpreter, variable: &str) -> OsString {
    let before = env::var_os(variable).unwrap_or_default();
    let before = env::split_paths(&before).filter(|it| !it.as_os_str().is_empty());
    env::join_paths(interpreter.includes.iter().cloned().chain(before)).unwrap_or_default()
}
