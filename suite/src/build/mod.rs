//! Turns sources into extension modules: the only step that compiles; cached by content, locked between processes.

mod c;
mod outside;
mod rust;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::model::{Build, Fixture, Interpreter, Participant, Problem};

pub use store::{Cache, CacheError};

/// The first line of what the C compiler says of itself.
///
/// # Errors
///
/// There is none; the message says how to get one.
pub fn compiler_version() -> Result<String, String> {
    c::Compiler::find().map(|compiler| compiler.first_line())
}

/// The first line of what cargo's compiler says of itself.
///
/// # Errors
///
/// There is none; the message says how to get one.
pub fn cargo_version() -> Result<String, String> {
    rust::toolchain().map(|identity| identity.lines().next().unwrap_or_default().to_owned())
}

/// What the plan needs built.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Index of the interpreter, and the fixture's build.
    pub participants: BTreeSet<(usize, Participant)>,
    /// The interpreters that need the probe.
    pub interpreters: BTreeSet<usize>,
}

/// What was built.
#[derive(Debug, Default)]
pub struct Artifacts {
    modules: BTreeMap<(usize, Participant), PathBuf>,
    probes: BTreeMap<usize, PathBuf>,
    failures: BTreeMap<(usize, Participant), String>,
    probe_failures: BTreeMap<usize, String>,
    /// Why, and the labels of what could not be built for that reason.
    complaints: BTreeMap<String, Vec<String>>,
    /// The worker's folder.
    pub worker: PathBuf,
    /// One for each thing that could not be built.
    pub problems: Vec<Problem>,
    /// How many were compiled.
    pub compiled: usize,
    /// How many were taken from the cache.
    pub reused: usize,
}

/// Said of an interpreter that nothing can be built for. Nothing runs without the probe, so Rust is not tried either.
pub const NO_HEADERS: &str = "no Python.h: install the interpreter's development package (on Debian: python3-dev)";

/// Of many things with the same problem, so many are named.
const NAMED: usize = 3;

impl Artifacts {
    /// The extension module of a participant under an interpreter.
    ///
    /// # Errors
    ///
    /// Why there is none, for people.
    pub fn module(&self, interpreter: usize, participant: &Participant) -> Result<&Path, &str> {
        let key = (interpreter, participant.clone());
        match (self.modules.get(&key), self.failures.get(&key)) {
            (Some(path), _) => Ok(path),
            (None, Some(reason)) => Err(reason),
            (None, None) => Err("it was not built"),
        }
    }

    /// The probe for an interpreter.
    ///
    /// # Errors
    ///
    /// Why there is none, for people.
    pub fn probe(&self, interpreter: usize) -> Result<&Path, &str> {
        match (self.probes.get(&interpreter), self.probe_failures.get(&interpreter)) {
            (Some(path), _) => Ok(path),
            (None, Some(reason)) => Err(reason),
            (None, None) => Err("it was not built"),
        }
    }
}

/// One thing to build, and everyone who uses the result.
#[derive(Debug, Clone)]
struct Task {
    what: What,
    /// For people: `fast_math@c_abi3 for cpython-3.11.7`.
    label: String,
    users: Vec<(usize, Option<Participant>)>,
}

#[derive(Debug, Clone)]
enum What {
    C(c::Job),
    Rust(rust::Job),
    Outside(outside::Job),
}

/// Builds what is wanted and not in the cache yet; `progress` hears the label of each thing that is done.
///
/// # Errors
///
/// Only a cache that cannot be used: whatever fails to build is recorded in the result.
pub fn all(
    wanted: &Wanted,
    interpreters: &[Interpreter],
    fixtures: &[Fixture],
    cache: &Cache,
    jobs: usize,
    progress: &(dyn Fn(usize, &str) + Sync),
) -> Result<Artifacts, CacheError> {
    let mut artifacts = Artifacts { worker: cache.source()?.join("suite/worker"), ..Artifacts::default() };
    let mut tasks = Vec::new();
    plan_c(wanted, interpreters, fixtures, cache, &mut artifacts, &mut tasks)?;
    plan_rust(wanted, interpreters, fixtures, cache, &mut artifacts, &mut tasks);
    outside::plan(wanted, interpreters, fixtures, cache, &mut artifacts, &mut tasks);
    let missing = artifacts.reuse(tasks);
    if missing.is_empty() {
        artifacts.problems = artifacts.problems();
        return Ok(artifacts);
    }
    let _lock = cache.lock()?;
    // Another process may have built the same while this one waited.
    let missing = artifacts.reuse(missing);
    artifacts.compiled = missing.len();
    for (task, outcome) in compile(&missing, cache, jobs, progress) {
        match &outcome {
            Ok(_) => artifacts.keep(&task.users, &outcome),
            Err(message) => artifacts.fail(&task.label, &task.users, message),
        }
    }
    artifacts.problems = artifacts.problems();
    Ok(artifacts)
}

impl Task {
    fn output(&self) -> PathBuf {
        match &self.what {
            What::C(job) => job.output.clone(),
            What::Rust(job) => job.output.clone(),
            What::Outside(job) => job.output.clone(),
        }
    }
}

impl Artifacts {
    /// Takes what the cache has; returns the rest.
    fn reuse(&mut self, tasks: Vec<Task>) -> Vec<Task> {
        let (ready, missing): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| task.output().is_file());
        self.reused += ready.len();
        for task in &ready {
            self.keep(&task.users, &Ok(task.output()));
        }
        missing
    }

    fn keep(&mut self, users: &[(usize, Option<Participant>)], outcome: &Result<PathBuf, String>) {
        for (interpreter, participant) in users.iter().cloned() {
            match (participant, outcome.clone()) {
                (Some(participant), Ok(path)) => drop(self.modules.insert((interpreter, participant), path)),
                (Some(participant), Err(why)) => drop(self.failures.insert((interpreter, participant), why)),
                (None, Ok(path)) => drop(self.probes.insert(interpreter, path)),
                (None, Err(why)) => drop(self.probe_failures.insert(interpreter, why)),
            }
        }
    }

    /// Leaves them out, and says so.
    fn fail(&mut self, label: &str, users: &[(usize, Option<Participant>)], message: &str) {
        self.complaints.entry(message.to_owned()).or_default().push(label.to_owned());
        self.keep(users, &Err(message.to_owned()));
    }

    /// One cause is one problem, however much could not be built for it.
    fn problems(&self) -> Vec<Problem> {
        let told = |labels: &[String]| match labels.get(NAMED..).unwrap_or_default() {
            [] => labels.join(", "),
            more => format!("{} and {} more", labels[..NAMED].join(", "), more.len()),
        };
        let problem = |(message, labels): (&String, &Vec<String>)| Problem {
            what: "build".to_owned(),
            r#where: told(labels),
            message: message.clone(),
        };
        self.complaints.iter().map(problem).collect()
    }
}

/// Runs all other jobs on `jobs` threads while one more drives cargo, which parallelises by itself.
fn compile(
    tasks: &[Task],
    cache: &Cache,
    jobs: usize,
    progress: &(dyn Fn(usize, &str) + Sync),
) -> Vec<(Task, Result<PathBuf, String>)> {
    let (rust, others): (Vec<&Task>, Vec<&Task>) = tasks.iter().partition(|task| matches!(task.what, What::Rust(_)));
    let total = tasks.len();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let finish = |task: &Task, outcome: Result<PathBuf, String>| {
        progress(total, &task.label);
        done.lock().expect("no thread panics while it holds the list").push((task.clone(), outcome));
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            for (task, outcome) in rust::compile(&rust, cache) {
                finish(task, outcome);
            }
        });
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(task) = others.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match &task.what {
                        What::C(job) => finish(task, c::compile(job, cache)),
                        What::Outside(job) => finish(task, outside::compile(job, cache)),
                        What::Rust(_) => {}
                    }
                }
            });
        }
    });
    done.into_inner().expect("no thread panics while it holds the list")
}

fn plan_c(
    wanted: &Wanted,
    interpreters: &[Interpreter],
    fixtures: &[Fixture],
    cache: &Cache,
    artifacts: &mut Artifacts,
    tasks: &mut Vec<Task>,
) -> Result<(), CacheError> {
    let c_participants = || {
        wanted
            .participants
            .iter()
            .filter(|(_, it)| matches!(it, Participant::Fixture { build, .. } if Build::C.contains(build)))
    };
    let compiler = match c::Compiler::find() {
        Ok(compiler) => compiler,
        Err(message) => {
            let probes = wanted.interpreters.iter().map(|index| (*index, None));
            let users: Vec<_> = probes.chain(c_participants().map(|(index, it)| (*index, Some(it.clone())))).collect();
            artifacts.fail("everything in C", &users, &message);
            return Ok(());
        }
    };
    let source = cache.source()?;
    for &index in &wanted.interpreters {
        let interpreter = &interpreters[index];
        let label = format!("the probe for {}", interpreter.id);
        if interpreter.includes.is_empty() {
            artifacts.keep(&[(index, None)], &Err(NO_HEADERS.to_owned()));
            continue;
        }
        let job = compiler.probe(&source, interpreter, cache);
        tasks.push(Task { what: What::C(job), label, users: vec![(index, None)] });
    }
    // One binary of the stable ABI serves all interpreters, so it is made for the oldest.
    let oldest = wanted
        .interpreters
        .iter()
        .map(|index| &interpreters[*index])
        .filter(|it| it.loads_abi3 && !it.includes.is_empty())
        .min_by_key(|it| it.numbers.clone());
    let mut by_output: BTreeMap<PathBuf, Task> = BTreeMap::new();
    for (index, participant) in c_participants() {
        let Participant::Fixture { stem, build } = participant else {
            continue;
        };
        let own = &interpreters[*index];
        let interpreter = if *build == Build::CAbi3 { oldest.unwrap_or(own) } else { own };
        let users = vec![(*index, Some(participant.clone()))];
        let label = format!("{} for {}", participant.id(), interpreter.id);
        let fixture = fixtures.iter().find(|it| it.stem == *stem && it.builds.contains(build));
        let Some(fixture) = fixture else { continue };
        if own.includes.is_empty() {
            artifacts.keep(&users, &Err(NO_HEADERS.to_owned()));
            continue;
        }
        let job = compiler.fixture(&source, &fixture.source, stem, *build, interpreter, cache);
        let task = Task { what: What::C(job.clone()), label, users: Vec::new() };
        by_output.entry(job.output).or_insert(task).users.extend(users);
    }
    tasks.extend(by_output.into_values());
    Ok(())
}

fn plan_rust(
    wanted: &Wanted,
    interpreters: &[Interpreter],
    fixtures: &[Fixture],
    cache: &Cache,
    artifacts: &mut Artifacts,
    tasks: &mut Vec<Task>,
) {
    let mut by_output: BTreeMap<PathBuf, Task> = BTreeMap::new();
    let mut toolchain = None;
    for (index, participant) in &wanted.participants {
        let Participant::Fixture { stem, build } = participant else {
            continue;
        };
        let Some(fixture) = fixtures.iter().find(|it| it.stem == *stem && build.is_rust() && it.builds.contains(build))
        else {
            continue;
        };
        let users = vec![(*index, Some(participant.clone()))];
        let interpreter = &interpreters[*index];
        if interpreter.includes.is_empty() {
            artifacts.keep(&users, &Err(NO_HEADERS.to_owned()));
            continue;
        }
        let toolchain = toolchain.get_or_insert_with(rust::toolchain);
        match toolchain {
            Err(message) => artifacts.fail(&participant.id(), &users, message),
            Ok(identity) => {
                let job = rust::job(fixture, stem, interpreter, identity, cache);
                let label = participant.id();
                let task = Task { what: What::Rust(job.clone()), label, users: Vec::new() };
                by_output.entry(job.output).or_insert(task).users.extend(users);
            }
        }
    }
    tasks.extend(by_output.into_values());
}
