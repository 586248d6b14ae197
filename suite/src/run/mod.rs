//! Walks the line once, from the catalogue to the record; the only module of the library that sees two steps.

mod look;
mod merge;
mod record;
mod trace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::baseline::Baseline;
use crate::build::{self, Artifacts, Cache, CacheError, Wanted};
use crate::catalogue::{self, CatalogueError};
use crate::conclude::{self, Attempts, FailOn};
use crate::discover::{self, Discovery};
use crate::embedded;
use crate::execute::{self, Task};
use crate::host::Launch;
use crate::inspect::wheel::WheelError;
use crate::manifest::{self, ManifestError};
use crate::model::{
    CaseResult, Catalogue, Event, Facts, Interpreter, Looked, Manifest, Observation, Pairing, Participant, Plan,
    Problem, RunRecord, SetAside, Target, TargetFacts,
};
use crate::plan::{self, PlanError, Selection};
use crate::progress::Progress;
use crate::reproduce::{self, Reproducer};
use crate::shard;

use look::{look, look_at_what_is_made};
use record::{plan_record, record};

pub use look::{examine, meant, modules_of};
pub use merge::{MergeError, merge};
pub use record::empty_record;
pub use trace::trace;

/// How often a finding made in a fork is repeated in a fresh process (contract, section 1).
const CONFIRMATIONS: usize = 3;

/// The default limit for one pairing.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Interpreters as the user named them; the default one if empty.
    pub pythons: Vec<String>,
    /// The modules under test, with what the manifest says of them; the fixture matrix if empty.
    pub targets: Vec<Target>,
    /// Folders with participants from outside, as the user named them.
    pub participants: Vec<PathBuf>,
    /// The manifest, for its accepted deviations and for rerun commands.
    pub manifest: Option<Manifest>,
    /// The record of an earlier release that the targets are held to.
    pub baseline: Option<PathBuf>,
    /// A wheel that each interpreter gets an environment with, as the user named it.
    pub wheel: Option<PathBuf>,
    /// Folders put first on the target's `sys.path`, as the user named them.
    pub path: Vec<PathBuf>,
    /// What to run of all that could be.
    pub selection: Selection,
    /// Which findings fail the run.
    pub fail_on: FailOn,
    /// Parallel hosts.
    pub jobs: usize,
    /// For one pairing.
    pub timeout: Duration,
    /// Where things are kept.
    pub cache: Cache,
    /// Show bars on a terminal.
    pub progress: bool,
    /// Repeat findings in fresh processes; off where a fixture is known to fail.
    pub confirm: bool,
}

impl Request {
    /// A run of the suite's fixtures, with everything by default and findings taken as they come.
    pub fn new(cache: Cache) -> Request {
        Request {
            pythons: Vec::new(),
            targets: Vec::new(),
            participants: Vec::new(),
            manifest: None,
            baseline: None,
            wheel: None,
            path: Vec::new(),
            selection: Selection::default(),
            fail_on: FailOn::Must,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            timeout: DEFAULT_TIMEOUT,
            cache,
            progress: false,
            confirm: false,
        }
    }
}

/// A run that came to no record.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The suite itself is wrong.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The manifest says something that only a run can refuse.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The selection cannot be met.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The wheel is none, or nobody can have it.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// No private folder could be made.
    #[error("cannot make a private folder: {0}; check TMPDIR")]
    Scratch(std::io::Error),
}

/// What a run did besides its record: what is said once and never compared.
#[derive(Debug, Clone, Default)]
pub struct Effort {
    /// How many modules were compiled.
    pub compiled: usize,
    /// How many came from the cache.
    pub reused: usize,
    /// What the suite's own manifests speak of and these versions do not have.
    pub left_out: Vec<String>,
    /// What shows the targets' findings with nothing of ours.
    pub reproducers: Vec<Reproducer>,
}

/// Runs what is asked for.
///
/// # Errors
///
/// The suite is wrong, the selection cannot be met, or nothing can be written anywhere.
pub fn run(request: &Request) -> Result<(RunRecord, Effort), RunError> {
    let catalogue = catalogue_for(request)?;
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let facts = look(request, &catalogue, scratch.path())?;
    let mut plan = plan::make(&catalogue, &facts, &request.targets, &request.selection)?;
    let whole = plan_record(&plan, request.selection.shard);
    plan.pairings.retain(|pairing| shard::holds(whole.shard, &pairing.id));
    let artifacts = build(request, &catalogue, &facts, &plan)?;
    set_aside_unbuilt(&mut plan, &artifacts);
    let attempts = execute(request, &facts, &plan, &artifacts, scratch.path());
    let (compiled, reused) = (artifacts.compiled, artifacts.reused);
    let left_out = look::left_out(&request.targets, &facts);
    let record = record(request, &catalogue, facts, &plan, &whole, &attempts, artifacts.problems);
    let reproducers = reproduce::all(&plan, &record.results, |place| attempts[place].as_ref().map(last));
    Ok((record, Effort { compiled, reused, left_out, reproducers }))
}

/// Looks at what the targets make, and runs no case.
///
/// # Errors
///
/// As for [`run`].
pub fn discover(request: &Request) -> Result<Discovery, RunError> {
    let catalogue = catalogue_for(request)?;
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let facts = look_at_what_is_made(request, &catalogue, scratch.path())?;
    Ok(discover::discovery(&request.targets, request.manifest.as_ref(), facts, &catalogue.conventions))
}

/// What the targets hand out, to be held to it later.
///
/// # Errors
///
/// As for [`run`].
pub fn baseline(request: &Request) -> Result<(Baseline, Vec<Problem>), RunError> {
    let catalogue = catalogue_for(request)?;
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let facts = look_at_what_is_made(request, &catalogue, scratch.path())?;
    Ok((Baseline::of(&facts, &request.targets), facts.problems))
}

/// The catalogue with who was brought along, once it is known that the manifest speaks of nothing that is not in it.
fn catalogue_for(request: &Request) -> Result<Catalogue, RunError> {
    let mut catalogue = catalogue::load(embedded::FILES.iter().copied())?;
    request.participants.iter().try_for_each(|it| catalogue::take_in(&mut catalogue, it))?;
    request.manifest.iter().try_for_each(|it| manifest::check_words(it, &catalogue))?;
    Ok(catalogue)
}

/// The results of a plan of one's own, without a record around them: what the matrix and the test harnesses use.
///
/// # Errors
///
/// As for [`run`].
pub fn results(
    request: &Request,
    catalogue: &Catalogue,
    make: impl FnOnce(&Facts) -> Result<Plan, PlanError>,
) -> Result<Vec<CaseResult>, RunError> {
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let facts = look(request, catalogue, scratch.path())?;
    let mut plan = make(&facts)?;
    let artifacts = build(request, catalogue, &facts, &plan)?;
    set_aside_unbuilt(&mut plan, &artifacts);
    let attempts = execute(request, &facts, &plan, &artifacts, scratch.path());
    let whole = plan_record(&plan, None);
    Ok(record(request, catalogue, facts, &plan, &whole, &attempts, artifacts.problems).results)
}

/// The events of the last run of a pairing.
fn last(attempts: &Attempts) -> &[Event] {
    &attempts.fresh.last().unwrap_or(&attempts.first).events
}

fn launch(request: &Request, interpreter: &Interpreter, worker: &Path, probe: &Path, scratch: &Path) -> Launch {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Launch {
        program: interpreter.program.clone(),
        worker: worker.to_owned(),
        probe: probe.to_owned(),
        path: request.path.iter().map(absolute).collect(),
        preload: Vec::new(),
        ahead: Vec::new(),
        env: std::collections::BTreeMap::new(),
        scratch: scratch.to_owned(),
    }
}

fn build(request: &Request, catalogue: &Catalogue, facts: &Facts, plan: &Plan) -> Result<Artifacts, RunError> {
    let mut wanted = Wanted::default();
    for pairing in plan.pairings.iter().filter(|pairing| pairing.set_aside.is_none()) {
        wanted.interpreters.insert(pairing.interpreter);
        for participant in [&pairing.producer, &pairing.consumer].into_iter().flatten() {
            if matches!(participant, Participant::Fixture { .. }) {
                wanted.participants.insert((pairing.interpreter, participant.clone()));
            }
        }
    }
    let bar = Progress::new("building", wanted.participants.len(), request.progress);
    let tick = |total: usize, label: &str| {
        bar.set_total(total);
        bar.tick(label);
    };
    let interpreters = &facts.interpreters;
    Ok(build::all(&wanted, interpreters, &catalogue.fixtures, &request.cache, request.jobs, &tick)?)
}

/// What could not be built cannot be told.
fn set_aside_unbuilt(plan: &mut Plan, artifacts: &Artifacts) {
    for pairing in plan.pairings.iter_mut().filter(|pairing| pairing.set_aside.is_none()) {
        let sides = [&pairing.producer, &pairing.consumer].into_iter().flatten();
        let mut fixtures = sides.filter(|it| matches!(it, Participant::Fixture { .. }));
        let missing = fixtures.find_map(|it| artifacts.module(pairing.interpreter, it).err().map(str::to_owned));
        let probe = artifacts.probe(pairing.interpreter).err().map(str::to_owned);
        pairing.set_aside = missing.or(probe).map(SetAside::Unverified);
    }
}

fn execute(
    request: &Request,
    facts: &Facts,
    plan: &Plan,
    artifacts: &Artifacts,
    scratch: &Path,
) -> Vec<Option<Attempts>> {
    let runnable: Vec<usize> =
        (0..plan.pairings.len()).filter(|index| plan.pairings[*index].set_aside.is_none()).collect();
    let task =
        |index: usize, repetition: usize| task(request, facts, &plan.pairings[index], artifacts, scratch, repetition);
    let options = execute::Options { jobs: request.jobs, timeout: request.timeout };
    let (seen, runnable): (Vec<usize>, Vec<usize>) =
        runnable.into_iter().partition(|index| failed_import(facts, &plan.pairings[*index]).is_some());
    let tasks: Vec<Task> = runnable.iter().map(|index| task(*index, 0)).collect();
    let bar = Progress::new("running", tasks.len(), request.progress);
    let observations = execute::run(&tasks, options, &|id| bar.tick(id));
    drop(bar);
    let mut attempts: Vec<Option<Attempts>> = plan.pairings.iter().map(|_| None).collect();
    for index in seen {
        let first = failed_import(facts, &plan.pairings[index]);
        attempts[index] = first.map(|first| Attempts { first, fresh: Vec::new() });
    }
    for (index, first) in runnable.iter().zip(observations) {
        attempts[*index] = Some(Attempts { first, fresh: Vec::new() });
    }
    if request.confirm {
        confirm(request, plan, &mut attempts, &task, options);
    }
    attempts
}

/// What `inspect` saw of an import that did not return, told in the words of the pairing that asks for that import: a
/// target that hangs is waited for once.
fn failed_import(facts: &Facts, pairing: &Pairing) -> Option<Observation> {
    let target = pairing.target.as_ref()?;
    let seen = facts.targets.iter().find(|it| it.module == *target && it.interpreter == pairing.interpreter_id)?;
    let Looked::ImportFailed(observation) = &seen.looked else {
        return None;
    };
    let step = pairing.script.steps.iter().find(|step| step.verb == "import")?;
    let mut observation = Observation::clone(observation);
    observation
        .steps
        .iter_mut()
        .filter(|fact| fact.label == "import")
        .for_each(|fact| fact.label.clone_from(&step.label));
    Some(observation)
}

fn confirm<'a>(
    request: &Request,
    plan: &'a Plan,
    attempts: &mut [Option<Attempts>],
    task: &dyn Fn(usize, usize) -> Task<'a>,
    options: execute::Options,
) {
    let suspects: Vec<(usize, usize)> = attempts
        .iter()
        .enumerate()
        .filter(|(index, it)| {
            it.as_ref().is_some_and(|it| conclude::needs_confirmation(&plan.pairings[*index], &it.first))
        })
        .map(|(index, _)| index)
        .flat_map(|index| (1..=CONFIRMATIONS).map(move |repetition| (index, repetition)))
        .collect();
    let tasks: Vec<Task> = suspects.iter().map(|(index, repetition)| task(*index, *repetition)).collect();
    let bar = Progress::new("confirming", tasks.len(), request.progress);
    let observations: Vec<Observation> = execute::run(&tasks, options, &|id| bar.tick(id));
    for ((index, _), seen) in suspects.into_iter().zip(observations) {
        if let Some(attempts) = &mut attempts[index] {
            attempts.fresh.push(seen);
        }
    }
}

fn task<'a>(
    request: &Request,
    facts: &Facts,
    pairing: &'a Pairing,
    artifacts: &Artifacts,
    scratch: &Path,
    repetition: usize,
) -> Task<'a> {
    let interpreter = &facts.interpreters[pairing.interpreter];
    let probe = artifacts.probe(pairing.interpreter).expect("pairings without a probe are set aside");
    let sides = [&pairing.producer, &pairing.consumer].into_iter().flatten();
    let modules = sides.filter_map(|it| artifacts.module(pairing.interpreter, it).ok().map(Path::to_owned)).collect();
    let mut launch = launch(request, interpreter, &artifacts.worker, probe, scratch);
    let of_target = |it: &&TargetFacts| {
        pairing.target.as_ref() == Some(&it.module)
            && it.interpreter == pairing.interpreter_id
            && pairing.script.preload.contains(&it.module)
    };
    launch.ahead = facts.targets.iter().find(of_target).map(|it| it.imported.clone()).unwrap_or_default();
    Task { pairing, modules, launch, repetition }
}
