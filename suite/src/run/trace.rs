//! Walks as far as a trace needs: the interpreters, their probes, each target in a process of its own.

use super::look::{announce, interpreters_of};
use super::{Request, RunError, catalogue_for, launch};
use crate::build::{self, Wanted};
use crate::inspect;
use crate::model::{Facts, Problem, Trace};
use crate::progress::Progress;

/// What each target does with capsules under each interpreter, and what could not be told.
///
/// # Errors
///
/// As for [`super::run`].
pub fn trace(request: &Request) -> Result<(Vec<Trace>, Vec<Problem>), RunError> {
    let catalogue = catalogue_for(request)?;
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let Facts { interpreters, mut problems, .. } = interpreters_of(request, scratch.path())?;
    let wanted = Wanted { interpreters: (0..interpreters.len()).collect(), ..Wanted::default() };
    let bar = Progress::new("building", wanted.interpreters.len(), request.progress);
    let artifacts =
        build::all(&wanted, &interpreters, &catalogue.fixtures, &request.cache, request.jobs, &announce(&bar))?;
    drop(bar);
    problems.extend(artifacts.problems.iter().cloned());
    let mut traces = Vec::new();
    for target in &request.targets {
        for (index, interpreter) in interpreters.iter().enumerate() {
            let Ok(probe) = artifacts.probe(index) else {
                continue;
            };
            let mut launch = launch(request, interpreter, &artifacts.worker, probe, scratch.path());
            launch.env.clone_from(&target.env);
            match inspect::trace(target, interpreter, &launch, request.timeout) {
                Ok(trace) => traces.push(trace),
                Err(error) => problems.push(Problem {
                    what: "target".to_owned(),
                    r#where: format!("{} on {}", target.module.as_deref().unwrap_or_default(), interpreter.id),
                    message: error.to_string(),
                }),
            }
        }
    }
    Ok((traces, problems))
}
