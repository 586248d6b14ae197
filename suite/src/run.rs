//! Walks the line once, from the catalogue to the record; the only module of the library that sees two steps.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::build::{self, Artifacts, Cache, CacheError, Wanted};
use crate::catalogue::{self, CatalogueError};
use crate::conclude::{self, Applicable, Attempts, FailOn};
use crate::diagnose::Mistake;
use crate::execute::{self, Task};
use crate::host::Launch;
use crate::inspect;
use crate::manifest::ManifestError;
use crate::model::{
    CaseResult, Catalogue, Facts, Interpreter, InterpreterRecord, Looked, Manifest, Observation, Pairing, Participant,
    Plan, PlanRecord, Problem, ProducedRecord, RunRecord, SetAside, ShardRecord, SuiteRecord, Target, TargetFacts,
    TargetRecord,
};
use crate::plan::{self, PlanError, Selection};
use crate::progress::Progress;
use crate::report::SCHEMA;
use crate::{convention, embedded};

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
    /// The manifest, for its accepted deviations and for rerun commands.
    pub manifest: Option<Manifest>,
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
    /// No private folder could be made.
    #[error("cannot make a private folder: {0}; check TMPDIR")]
    Scratch(std::io::Error),
}

/// What a run did besides its record: what is said once and never compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Effort {
    /// How many modules were compiled.
    pub compiled: usize,
    /// How many came from the cache.
    pub reused: usize,
}

/// Runs what is asked for.
///
/// # Errors
///
/// The suite is wrong, the selection cannot be met, or nothing can be written anywhere.
pub fn run(request: &Request) -> Result<(RunRecord, Effort), RunError> {
    let catalogue = catalogue::load(embedded::FILES.iter().copied())?;
    let scratch = tempfile::Builder::new().prefix("capsule-conformance-").tempdir().map_err(RunError::Scratch)?;
    let facts = look(request, &catalogue, scratch.path())?;
    let mut plan = plan::make(&catalogue, &facts, &request.targets, &request.selection)?;
    let artifacts = build(request, &catalogue, &facts, &plan)?;
    set_aside_unbuilt(&mut plan, &artifacts);
    let attempts = execute(request, &facts, &plan, &artifacts, scratch.path());
    let effort = Effort { compiled: artifacts.compiled, reused: artifacts.reused };
    Ok((record(request, &catalogue, facts, &plan, &attempts, artifacts.problems), effort))
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
    Ok(record(request, catalogue, facts, &plan, &attempts, artifacts.problems).results)
}

/// Interpreters first; then, with the probe built for them, what each target makes under each.
fn look(request: &Request, catalogue: &Catalogue, scratch: &Path) -> Result<Facts, RunError> {
    let worker = request.cache.source()?.join("suite/worker");
    let (interpreters, problems) = inspect::interpreters(&request.pythons, &worker, scratch);
    let mut facts = Facts { interpreters, problems, ..Facts::default() };
    for interpreter in facts.interpreters.iter().filter(|it| it.includes.is_empty()) {
        facts.problems.push(Problem {
            what: "interpreter".to_owned(),
            r#where: interpreter.id.clone(),
            message: "has no Python.h; install its development package (on Debian: python3-dev)".to_owned(),
        });
    }
    if request.targets.is_empty() {
        return Ok(facts);
    }
    let wanted = Wanted { interpreters: (0..facts.interpreters.len()).collect(), ..Wanted::default() };
    let bar = Progress::new("building", wanted.interpreters.len(), request.progress);
    let tick = |total: usize, label: &str| {
        bar.set_total(total);
        bar.tick(label);
    };
    let artifacts = build::all(&wanted, &facts.interpreters, &catalogue.fixtures, &request.cache, request.jobs, &tick)?;
    drop(bar);
    let classify = |path: &str, name: Option<&[u8]>| convention::classify(&catalogue.conventions, path, name);
    for target in &request.targets {
        for (index, interpreter) in facts.interpreters.iter().enumerate() {
            let Ok(probe) = artifacts.probe(index) else {
                continue;
            };
            let mut launch = launch(request, interpreter, &artifacts.worker, probe, scratch);
            launch.env.clone_from(&target.env);
            let seen = inspect::target(target, interpreter, &launch, request.timeout, &classify);
            refuse_what_is_not_python(request, &seen)?;
            facts.problems.extend(target_problems(target, &seen));
            facts.targets.push(seen);
        }
    }
    Ok(facts)
}

fn refuse_what_is_not_python(request: &Request, seen: &TargetFacts) -> Result<(), ManifestError> {
    let file = request.manifest.as_ref().and_then(|it| it.file.as_deref()).unwrap_or(Path::new(""));
    let mistakes = seen.not_python.iter().map(|(expression, why)| Mistake {
        path: file.display().to_string(),
        line: None,
        message: format!("`{expression}` is not a Python expression: {why}"),
    });
    let mistakes: Vec<Mistake> = mistakes.collect();
    if mistakes.is_empty() { Ok(()) } else { Err(ManifestError::Invalid(mistakes)) }
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
            let unreachable = seen.unreachable.iter().map(|(path, why)| {
                said(format!("the manifest declares a capsule at {path}, but none is there: {why}; correct the path"))
            });
            let mut problems: Vec<Problem> = unreachable.collect();
            if seen.produces.is_empty() && target.produces.is_empty() && target.consumes.is_empty() {
                let what = "no capsule found or declared; say what it makes and takes in capsule-conformance.toml";
                problems.push(said(what.to_owned()));
            }
            problems
        }
    }
}

fn launch(request: &Request, interpreter: &Interpreter, worker: &Path, probe: &Path, scratch: &Path) -> Launch {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Launch {
        program: interpreter.program.clone(),
        worker: worker.to_owned(),
        probe: probe.to_owned(),
        path: request.path.iter().map(absolute).collect(),
        preload: Vec::new(),
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
    let task = |index: usize, fresh: bool| task(request, facts, &plan.pairings[index], artifacts, scratch, fresh);
    let options = execute::Options { jobs: request.jobs, timeout: request.timeout };
    let (seen, runnable): (Vec<usize>, Vec<usize>) =
        runnable.into_iter().partition(|index| failed_import(facts, &plan.pairings[*index]).is_some());
    let tasks: Vec<Task> = runnable.iter().map(|index| task(*index, false)).collect();
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
    task: &dyn Fn(usize, bool) -> Task<'a>,
    options: execute::Options,
) {
    let suspects: Vec<usize> = attempts
        .iter()
        .enumerate()
        .filter(|(index, it)| {
            it.as_ref().is_some_and(|it| conclude::needs_confirmation(&plan.pairings[*index], &it.first))
        })
        .map(|(index, _)| index)
        .flat_map(|index| std::iter::repeat_n(index, CONFIRMATIONS))
        .collect();
    let tasks: Vec<Task> = suspects.iter().map(|index| task(*index, true)).collect();
    let bar = Progress::new("confirming", tasks.len(), request.progress);
    let observations: Vec<Observation> = execute::run(&tasks, options, &|id| bar.tick(id));
    for (index, seen) in suspects.into_iter().zip(observations) {
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
    fresh: bool,
) -> Task<'a> {
    let interpreter = &facts.interpreters[pairing.interpreter];
    let probe = artifacts.probe(pairing.interpreter).expect("pairings without a probe are set aside");
    let sides = [&pairing.producer, &pairing.consumer].into_iter().flatten();
    let modules = sides.filter_map(|it| artifacts.module(pairing.interpreter, it).ok().map(Path::to_owned)).collect();
    Task { pairing, modules, launch: launch(request, interpreter, &artifacts.worker, probe, scratch), fresh }
}

fn record(
    request: &Request,
    catalogue: &Catalogue,
    facts: Facts,
    plan: &Plan,
    attempts: &[Option<Attempts>],
    build_problems: Vec<Problem>,
) -> RunRecord {
    let known = request.manifest.iter().flat_map(|manifest| &manifest.known);
    let differences = Applicable::new(catalogue.differences.iter().chain(known), &facts.interpreters);
    let concluded = plan.pairings.iter().zip(attempts).map(|(pairing, attempts)| {
        let rerun = rerun(request, &facts.interpreters[pairing.interpreter], pairing);
        conclude::result(pairing, attempts.as_ref(), &differences, rerun)
    });
    let mut results: Vec<CaseResult> = conclude::settle_stale(concluded.collect());
    let private = private_folders(request, &facts);
    for result in &mut results {
        hide_private(result, &private);
    }
    let mut problems = facts.problems;
    problems.extend(build_problems);
    problems.extend(lost_hosts(attempts));
    let summary = conclude::summary(&results);
    let unverified_must = conclude::unverified_must(&results);
    let code = |fail_on| conclude::exit_code(&summary, unverified_must.len(), &problems, fail_on);
    RunRecord {
        schema: SCHEMA.to_owned(),
        suite: SuiteRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cases: catalogue.cases.len(),
            digest: embedded::digest(),
        },
        plan: PlanRecord {
            digest: plan_digest(plan),
            pairings: plan.pairings.len(),
            shard: ShardRecord { index: 1, of: 1 },
        },
        interpreters: facts
            .interpreters
            .iter()
            .map(|it| InterpreterRecord {
                id: it.id.clone(),
                implementation: it.implementation.clone(),
                version: it.version.clone(),
                debug: it.debug,
                free_threaded: it.free_threaded,
            })
            .collect(),
        targets: facts
            .targets
            .iter()
            .map(|target| TargetRecord {
                module: target.module.clone(),
                version: target.version.clone(),
                interpreter: target.interpreter.clone(),
                produces: target
                    .produces
                    .iter()
                    .map(|capsule| ProducedRecord {
                        path: capsule.path.clone(),
                        aliases: capsule.aliases.clone(),
                        name: capsule.name.as_ref().map(|name| String::from_utf8_lossy(name).into_owned()),
                        convention: capsule.convention.clone(),
                        how: capsule.how.clone(),
                    })
                    .collect(),
                consumes: Vec::new(),
            })
            .collect(),
        planned: results.len(),
        conformant: code(FailOn::Must) == 0,
        exit_code: code(request.fail_on),
        results,
        unverified_must,
        problems,
        summary,
        complete: true,
    }
}

/// Each host that went away is a problem of its own, however many pairings it took along.
fn lost_hosts(attempts: &[Option<Attempts>]) -> Vec<Problem> {
    let reasons: BTreeSet<&String> = attempts.iter().flatten().filter_map(|it| it.first.lost.as_ref()).collect();
    reasons
        .into_iter()
        .map(|reason| Problem { what: "host".to_owned(), r#where: "execute".to_owned(), message: reason.clone() })
        .collect()
}

fn plan_digest(plan: &Plan) -> String {
    let mut hasher = Sha256::new();
    hasher.update(embedded::digest());
    for pairing in &plan.pairings {
        hasher.update(&pairing.id);
        hasher.update([0]);
    }
    format!("sha256:{}", embedded::hex(&hasher.finalize()))
}

/// The command that repeats one pairing; every option that changes what it does is in it.
fn rerun(request: &Request, interpreter: &Interpreter, pairing: &Pairing) -> String {
    let mut words = vec!["capsule-conformance".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quoted(value)]);
    if let Some(target) = &pairing.target {
        option("--target", target);
    }
    if let Some(python) = &interpreter.asked {
        option("--python", python);
    }
    for folder in &request.path {
        option("--path", &folder.display().to_string());
    }
    if let Some(file) = request.manifest.as_ref().and_then(|it| it.file.as_ref()) {
        option("--config", &file.display().to_string());
    }
    if request.timeout != DEFAULT_TIMEOUT {
        option("--timeout", &request.timeout.as_secs_f64().to_string());
    }
    option("--pairing", &pairing.id);
    words.join(" ")
}

fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// What must not appear in a report: folders that differ between machines and runs, and what to write instead.
fn private_folders(request: &Request, facts: &Facts) -> Vec<(String, &'static str)> {
    let mut private = vec![(request.cache.root.display().to_string(), "<cache>")];
    for folder in facts.interpreters.iter().flat_map(|it| &it.includes) {
        // …/include/python3.12 lies in the interpreter's own folder.
        if let Some(prefix) = folder.ancestors().nth(2).filter(|it| it.components().count() > 2) {
            private.push((prefix.display().to_string(), "<python>"));
        }
    }
    private.push((std::env::temp_dir().display().to_string(), "<tmp>"));
    private
}

fn hide_private(result: &mut CaseResult, private: &[(String, &'static str)]) {
    let texts = [Some(&mut result.message), result.observed.as_mut(), result.output.as_mut()];
    for text in texts.into_iter().flatten() {
        for (folder, stand_in) in private {
            *text = text.replace(folder.as_str(), stand_in);
        }
        *text = without_addresses(text);
    }
}

/// Addresses differ between two equal runs.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        if digits >= 6 {
            clean.push_str("0xADDR");
            clean.push_str(&part[digits..]);
        } else {
            clean.push_str("0x");
            clean.push_str(part);
        }
    }
    clean
}

/// The record of a run that could not begin, so that every report asked for is still written.
pub fn empty_record(problem: Problem) -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        suite: SuiteRecord { version: env!("CARGO_PKG_VERSION").to_owned(), cases: 0, digest: embedded::digest() },
        plan: PlanRecord { digest: plan_digest(&Plan::default()), pairings: 0, shard: ShardRecord { index: 1, of: 1 } },
        interpreters: Vec::new(),
        targets: Vec::new(),
        planned: 0,
        results: Vec::new(),
        unverified_must: Vec::new(),
        problems: vec![problem],
        summary: crate::model::Summary::default(),
        conformant: false,
        exit_code: 3,
        complete: true,
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
