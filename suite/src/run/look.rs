//! Looks at the interpreters and the targets of a run, and says what it could not see.

use std::fs;
use std::path::Path;
use std::thread;

use sha2::{Digest, Sha256};

use super::{Request, RunError, launch};
use crate::build::{self, Cache, Wanted};
use crate::catalogue;
use crate::diagnose::Mistake;
use crate::embedded;
use crate::host::HostError;
use crate::inspect;
use crate::inspect::wheel::{self, WheelError};
use crate::manifest::{self, ManifestError, Meant};
use crate::model::{Catalogue, Facts, Interpreter, Looked, Problem, Target, TargetFacts, Trace};
use crate::progress::Progress;

/// Interpreters first; then, with the probe built for them, what each target makes under each, and what it takes.
pub(super) fn look(request: &Request, catalogue: &Catalogue, scratch: &Path) -> Result<Facts, RunError> {
    look_at(request, catalogue, scratch, true)
}

/// The same without what the targets take, for which each has to be imported once more.
pub(super) fn look_at_what_is_made(
    request: &Request,
    catalogue: &Catalogue,
    scratch: &Path,
) -> Result<Facts, RunError> {
    look_at(request, catalogue, scratch, false)
}

fn look_at(request: &Request, catalogue: &Catalogue, scratch: &Path, and_taken: bool) -> Result<Facts, RunError> {
    let mut facts = interpreters_of(request, scratch)?;
    if request.targets.is_empty() {
        return Ok(facts);
    }
    let wanted = Wanted { interpreters: (0..facts.interpreters.len()).collect(), ..Wanted::default() };
    let bar = Progress::new("building", wanted.interpreters.len(), request.progress);
    let (interpreters, fixtures) = (&facts.interpreters, &catalogue.fixtures);
    let artifacts = build::all(&wanted, interpreters, fixtures, &request.cache, request.jobs, &announce(&bar))?;
    drop(bar);
    for target in &request.targets {
        for (index, interpreter) in facts.interpreters.iter().enumerate() {
            let Ok(probe) = artifacts.probe(index) else {
                continue;
            };
            let mut launch = launch(request, interpreter, &artifacts.worker, probe, scratch);
            launch.env.clone_from(&target.env);
            let (mut seen, watched) = thread::scope(|scope| {
                let watch = || inspect::trace(target, interpreter, &launch, request.timeout);
                let watched = and_taken.then(|| scope.spawn(watch));
                let seen = inspect::target(target, interpreter, &launch, request.timeout, &catalogue.conventions);
                (seen, watched.map(|it| it.join().expect("watching does not panic")))
            });
            refuse_what_is_not_python(request, &seen)?;
            if let Some(Ok(trace)) = &watched {
                inspect::locate_module(&mut seen, trace);
            }
            if let (Looked::Whole, Some(watched)) = (&seen.looked, &watched) {
                facts.problems.extend(unwatched(&seen, watched));
                if let Ok(trace) = watched {
                    inspect::feed(&mut seen, target, trace);
                }
            }
            facts.problems.extend(target_problems(target, &seen));
            facts.targets.push(seen);
        }
    }
    Ok(facts)
}

/// The interpreters of a run, and which of them nothing can be built for.
pub(super) fn interpreters_of(request: &Request, scratch: &Path) -> Result<Facts, RunError> {
    let worker = request.cache.source()?.join("suite/worker");
    let (interpreters, problems) = inspect::interpreters(&request.pythons, &worker, scratch);
    let mut facts = Facts { interpreters, problems, ..Facts::default() };
    if let Some(file) = &request.wheel {
        install(file, request, &worker, scratch, &mut facts)?;
    }
    for interpreter in facts.interpreters.iter().filter(|it| it.includes.is_empty()) {
        facts.problems.push(Problem {
            what: "interpreter".to_owned(),
            r#where: interpreter.id.clone(),
            message: build::NO_HEADERS.to_owned(),
        });
    }
    Ok(facts)
}

/// Lets each interpreter go on in an environment that has the wheel. One that cannot have it is left out, and says why.
fn install(file: &Path, request: &Request, worker: &Path, scratch: &Path, facts: &mut Facts) -> Result<(), RunError> {
    let unread = |error: std::io::Error| WheelError::Wrong { file: file.to_owned(), message: error.to_string() };
    let content = fs::read(file).map_err(unread)?;
    for mut interpreter in std::mem::take(&mut facts.interpreters) {
        let mut hasher = Sha256::new();
        hasher.update(&content);
        hasher.update(&interpreter.identity);
        let digest = embedded::hex(&hasher.finalize());
        let folder = request.cache.root.join("wheels").join(&digest[..16]);
        match wheel::install(file, &folder, &interpreter, worker, scratch) {
            Ok(program) => {
                interpreter.program = program;
                facts.interpreters.push(interpreter);
            }
            Err(WheelError::Unusable(message)) => {
                facts.problems.push(Problem { what: "interpreter".to_owned(), r#where: interpreter.id, message });
            }
            Err(wrong @ WheelError::Wrong { .. }) => return Err(wrong.into()),
        }
    }
    Ok(())
}

/// The extension modules of a wheel, as the first interpreter of a run knows them; none without an interpreter.
///
/// # Errors
///
/// The file is no wheel, or has no extension module; the cache or the private folder cannot be written.
pub fn modules_of(file: &Path, pythons: &[String], cache: &Cache) -> Result<Vec<String>, RunError> {
    let scratch = tempfile::tempdir().map_err(RunError::Scratch)?;
    let worker = cache.source()?.join("suite/worker");
    let (interpreters, _) = inspect::interpreters(pythons, &worker, scratch.path());
    let Some(interpreter) = interpreters.first() else {
        return Ok(Vec::new());
    };
    Ok(wheel::modules(file, interpreter, &worker, scratch.path())?)
}

/// Tells a bar what was built.
pub(super) fn announce(bar: &Progress) -> impl Fn(usize, &str) + Sync {
    |total: usize, label: &str| {
        bar.set_total(total);
        bar.tick(label);
    }
}

/// What the suite's own manifests declare and no capsule was found for: they are about many versions of a package.
pub(super) fn left_out(targets: &[Target], facts: &Facts) -> Vec<String> {
    let ready = |seen: &&TargetFacts| targets.iter().any(|it| it.ready && it.module.as_ref() == Some(&seen.module));
    let places = facts.targets.iter().filter(ready).flat_map(|seen| {
        let said = move |(place, why): &(String, String)| {
            format!("{} on {} has no capsule {place}: {why}", seen.module, seen.interpreter)
        };
        seen.unreachable.iter().map(said)
    });
    places.collect()
}

/// A mistake in the manifest that only a run can see.
fn mistake(request: &Request, message: String) -> Mistake {
    let file = request.manifest.as_ref().and_then(|it| it.file.as_deref()).unwrap_or(Path::new(""));
    Mistake { path: file.display().to_string(), line: None, message }
}

fn refuse(mistakes: Vec<Mistake>) -> Result<(), ManifestError> {
    if mistakes.is_empty() { Ok(()) } else { Err(ManifestError::Invalid(mistakes)) }
}

fn refuse_what_is_not_python(request: &Request, seen: &TargetFacts) -> Result<(), ManifestError> {
    let wrong = seen.not_python.iter();
    let wrong = wrong.map(|(text, why)| mistake(request, format!("`{text}` is not a Python expression: {why}")));
    refuse(wrong.collect())
}

/// Why it is not known, or not wholly, what a target takes.
fn unwatched(seen: &TargetFacts, watched: &Result<Trace, HostError>) -> Option<Problem> {
    let reason = match watched {
        Ok(trace) => match &trace.unseen {
            Some(reason) => reason.clone(),
            None if trace.end != "returned" => format!("watched, its process ended with {}", trace.end),
            None => return None,
        },
        Err(error) => error.to_string(),
    };
    Some(Problem {
        what: "trace".to_owned(),
        r#where: format!("{} on {}", seen.module, seen.interpreter),
        message: format!("what it takes from others was not seen: {reason}; say it in capsule-conformance.toml"),
    })
}

/// What kept a target from being told about, and what to do.
fn target_problems(target: &Target, seen: &TargetFacts) -> Vec<Problem> {
    let said = |message: String| Problem {
        what: "target".to_owned(),
        r#where: format!("{} on {}", seen.module, seen.interpreter),
        message,
    };
    match &seen.looked {
        // Told by the one pairing that imports it.
        Looked::ImportFailed(_) => Vec::new(),
        Looked::Failed(why) => vec![said(why.clone())],
        Looked::Whole => {
            let unreachable = seen.unreachable.iter().filter(|_| !target.ready).map(|(path, why)| {
                said(format!("the manifest declares a capsule at {path}, but none is there: {why}; correct the path"))
            });
            let mut problems: Vec<Problem> = unreachable.collect();
            let makes = !seen.produces.is_empty() || !target.produces.is_empty();
            let takes = !seen.discovered.is_empty() || !target.consumes.is_empty();
            if !makes && !takes {
                let what = "no capsule found or declared; say what it makes and takes in capsule-conformance.toml";
                problems.push(said(what.to_owned()));
            }
            problems
        }
    }
}

/// What a doctor needs to know of the default or named interpreters.
///
/// # Errors
///
/// The cache or the private folder cannot be written.
pub fn examine(pythons: &[String], cache: &Cache) -> Result<(Vec<Interpreter>, Vec<Problem>), RunError> {
    let scratch = tempfile::tempdir().map_err(RunError::Scratch)?;
    Ok(inspect::interpreters(pythons, &cache.source()?.join("suite/worker"), scratch.path()))
}

/// What a command line is about, with the suite's own manifests where the user has none.
///
/// # Errors
///
/// As for [`crate::manifest::meant`].
pub fn meant(config: Option<&Path>, targets: &[String], folder: &Path) -> Result<Meant, RunError> {
    let mut meant = manifest::meant(config, targets, folder)?;
    if !meant.unspoken.is_empty() {
        meant.fall_back(&catalogue::load(embedded::FILES.iter().copied())?.ready);
    }
    Ok(meant)
}
