//! Runs pairings: hosts, jobs, observations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::host::{Host, HostError, Job, Launch};
use crate::model::{Observation, Pairing, Participant};

/// One pairing to run, with what was built for it.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// What to do.
    pub pairing: &'a Pairing,
    /// The files of its fixtures' modules.
    pub modules: Vec<PathBuf>,
    /// How its host is started, but for what it preloads.
    pub launch: Launch,
    /// 0 for the first run; repetitions count from 1, each in a new interpreter even where the case is content with a fork.
    pub repetition: usize,
}

/// How all pairings are run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Hosts at a time.
    pub jobs: usize,
    /// For one pairing.
    pub timeout: Duration,
}

/// Runs all tasks; the answers are in their order. `progress` hears the id of each pairing that is done.
///
/// Cases may ask different questions about one course of events: that is run once.
pub fn run(tasks: &[Task], options: Options, progress: &(dyn Fn(&str) + Sync)) -> Vec<Observation> {
    let mut first: BTreeMap<Course, usize> = BTreeMap::new();
    let runners: Vec<usize> =
        (0..tasks.len()).map(|index| *first.entry(tasks[index].course(options.timeout)).or_insert(index)).collect();
    let distinct = (0..tasks.len()).filter(|index| runners[*index] == *index).collect();
    let answers = run_distinct(tasks, distinct, options, progress);
    let answer = |(index, runner): (usize, &usize)| {
        if index != *runner {
            progress(&tasks[index].pairing.id);
        }
        answers[*runner].clone()
    };
    runners.iter().enumerate().map(answer).collect()
}

/// Runs the tasks in `order`, which says which ones; the answers are in the order of all.
fn run_distinct(
    tasks: &[Task],
    mut order: Vec<usize>,
    options: Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Vec<Observation> {
    // Tasks for the same kind of host stand together, so that a host is started once; in it, those that share a stage.
    order.sort_by_cached_key(|index| (tasks[*index].host(), tasks[*index].stage(), &tasks[*index].modules));
    let mut users: BTreeMap<(Launch, Stage), usize> = BTreeMap::new();
    for index in &order {
        *users.entry((tasks[*index].host(), tasks[*index].stage())).or_default() += 1;
    }
    let groups = groups(tasks, &order);
    let next = AtomicUsize::new(0);
    let answers: Vec<Mutex<Observation>> = tasks.iter().map(|_| Mutex::new(Observation::default())).collect();
    thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, order.len().max(1)) {
            scope.spawn(|| {
                let mut host: Option<(Launch, Host)> = None;
                while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let crowd: Vec<&Task> = group.iter().map(|index| &tasks[*index]).collect();
                    let mut together = perform_together(&crowd, &mut host, options.timeout).unwrap_or_default();
                    together.reverse();
                    for &index in *group {
                        let task = &tasks[index];
                        let shared = users.get(&(task.host(), task.stage())).is_some_and(|it| *it >= WORTH_A_STAGE);
                        let alone = || {
                            let seen = perform(task, &mut host, options.timeout, shared);
                            if seen.is_err() {
                                host = None;
                            }
                            seen
                        };
                        let observation = together.pop().map_or_else(alone, Ok).unwrap_or_else(|error| lost(&error));
                        progress(&task.pairing.id);
                        *answers[index].lock().expect("each answer has one writer") = observation;
                    }
                }
            });
        }
    });
    answers.into_iter().map(|answer| answer.into_inner().expect("each answer has one writer")).collect()
}

fn lost(error: &HostError) -> Observation {
    Observation { lost: Some(error.to_string()), end: "not started".to_owned(), ..Observation::default() }
}

/// How many pairings share a process at most: enough to make a fork of a large process cheap, few enough that one which
/// ends badly costs little.
const CROWD: usize = 128;

/// The tasks in their order, those next to each other together that can share a process.
fn groups<'a>(tasks: &[Task], order: &'a [usize]) -> Vec<&'a [usize]> {
    let together = |a: &usize, b: &usize| {
        let (a, b) = (&tasks[*a], &tasks[*b]);
        let verbs = |task: &Task| task.pairing.script.steps.iter().map(|step| step.verb.clone()).collect::<Vec<_>>();
        let alike = a.pairing.case == b.pairing.case && verbs(a) == verbs(b) && a.host() == b.host();
        alike && a.joins_a_crowd() && b.joins_a_crowd() && a.pairing.producer == b.pairing.producer
    };
    order.chunk_by(together).flat_map(|chunk| chunk.chunks(CROWD)).collect()
}

/// The modules that jobs take for granted, each with its folder.
type Stage = Vec<(PathBuf, String)>;

/// The repetition, the host, the modules, the deadline and the job itself.
type Course = (usize, Launch, Vec<PathBuf>, Duration, String);

/// A stage costs a fork and its imports, which is what each job then saves.
const WORTH_A_STAGE: usize = 3;

/// The steps that look at capsules which are there already, and ask nothing of whoever made them.
const LOOKS: &[&str] = &[
    "check_exact",
    "churn",
    "collect",
    "fetch",
    "get_context",
    "get_destructor",
    "get_name",
    "get_name_address",
    "get_pointer",
    "import_capsule",
    "is_valid",
    "loaded",
    "read",
];

impl Task<'_> {
    /// The fixtures that the case wants imported before its first step; none where the interpreter is to be a fresh one.
    fn stage(&self) -> Stage {
        let script = &self.pairing.script;
        let sides = [(&self.pairing.producer, script.lazy_producer), (&self.pairing.consumer, script.lazy_consumer)];
        let wanted =
            sides.into_iter().filter(|(_, lazy)| !lazy && !self.is_fresh()).filter_map(|(side, _)| side.as_ref());
        let stem = |file: &PathBuf| {
            file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next().map(str::to_owned))
        };
        let file = |side: &Participant| self.modules.iter().find(|file| stem(file).as_deref() == Some(side.module()));
        wanted.filter_map(|side| file(side).map(|file| (folder(file), side.module().to_owned()))).collect()
    }

    /// Whether, its modules once imported, none of their code runs any more, the end of the interpreter included.
    fn only_looks(&self) -> bool {
        let script = &self.pairing.script;
        !script.shutdown && script.steps.iter().all(|step| LOOKS.contains(&step.verb.as_str()))
    }

    /// Whether it can share a process with others of its kind: none of them imports anything that another could find.
    fn joins_a_crowd(&self) -> bool {
        let imports = || self.pairing.script.steps.iter().any(|step| step.verb == "import_capsule");
        self.modules.is_empty() && !self.is_fresh() && self.only_looks() && !imports()
    }

    /// A fresh process needs no host that has imported anything.
    fn host(&self) -> Launch {
        let (preload, ahead) = if self.is_fresh() {
            (Vec::new(), Vec::new())
        } else {
            (self.pairing.script.preload.clone(), self.launch.ahead.clone())
        };
        Launch { preload, ahead, env: self.pairing.script.env.clone(), ..self.launch.clone() }
    }

    fn is_fresh(&self) -> bool {
        self.repetition > 0 || self.pairing.script.fresh
    }

    /// All that decides what happens, which is less than what is asked about it.
    fn course(&self, timeout: Duration) -> Course {
        let job = job(self, self.is_fresh(), timeout, Stage::new());
        let text = serde_json::to_string(&job).expect("a job is made to be written");
        (self.repetition, self.host(), self.modules.clone(), job.timeout, text)
    }
}

/// What each of a crowd left behind in the process that they share; nothing if one of them did not come to its end, so
/// that each gets a process of its own.
fn perform_together(crowd: &[&Task], host: &mut Option<(Launch, Host)>, timeout: Duration) -> Option<Vec<Observation>> {
    let (first, others) = crowd.split_first().filter(|(_, others)| !others.is_empty())?;
    let running = running(first, host, timeout).ok()?;
    let mut job = job(first, false, timeout, Stage::new());
    job.others = others.iter().map(|task| task.pairing.script.steps.clone()).collect();
    let Ok(seen) = running.run_together(&job) else {
        *host = None;
        return None;
    };
    let whole = |it: &Observation| it.end == "returned" && it.events.iter().all(|event| event.kind != "log_truncated");
    seen.iter().all(whole).then_some(seen)
}

/// The host that a task needs, which is the one that runs or a new one.
fn running<'a>(
    task: &Task,
    host: &'a mut Option<(Launch, Host)>,
    timeout: Duration,
) -> Result<&'a mut Host, HostError> {
    let launch = task.host();
    if host.as_ref().is_none_or(|(running, _)| *running != launch) {
        *host = None;
        *host = Some((launch.clone(), Host::start(&launch, timeout)?));
    }
    let (_, running) = host.as_mut().expect("started above");
    Ok(running)
}

fn perform(
    task: &Task,
    host: &mut Option<(Launch, Host)>,
    timeout: Duration,
    shared: bool,
) -> Result<Observation, HostError> {
    let running = running(task, host, timeout)?;
    // A fork copies one thread only: whatever the others hold stays locked for ever. Who runs no code of theirs does not
    // meet that, and what a fork finds is seen again in fresh processes before it counts.
    let fresh = task.is_fresh() || running.threads > 1 && !task.only_looks();
    let stage = if shared && !fresh { task.stage() } else { Stage::new() };
    running.run(&job(task, fresh, timeout, stage))
}

fn job(task: &Task, fresh: bool, timeout: Duration, stage: Stage) -> Job {
    let script = &task.pairing.script;
    let side = |participant: &Option<Participant>, lazy: bool| -> Option<Value> {
        participant.as_ref().map(|it| json!({ "module": it.module(), "lazy": lazy, "fixture": is_fixture(it) }))
    };
    let mut participants = Map::new();
    participants.extend(side(&task.pairing.producer, script.lazy_producer).map(|it| ("producer".to_owned(), it)));
    participants.extend(side(&task.pairing.consumer, script.lazy_consumer).map(|it| ("consumer".to_owned(), it)));
    Job {
        op: "steps",
        fresh,
        timeout: script.deadline.map_or(timeout, |it| it.min(timeout)),
        // A stage has imported, and so mapped, what it could.
        near: if fresh || !stage.is_empty() { Vec::new() } else { task.modules.clone() },
        stage,
        path: task.modules.iter().map(|file| folder(file)).collect(),
        flags: script.flags.clone(),
        preload: if fresh { script.preload.clone() } else { Vec::new() },
        participants,
        steps: script.steps.clone(),
        classes: script.classes.clone(),
        finish: if script.shutdown { "shutdown" } else { "leave" },
        ..Job::default()
    }
}

fn is_fixture(participant: &Participant) -> bool {
    matches!(participant, Participant::Fixture { .. })
}

/// The folder that has to be on `sys.path` for a module file to be found.
fn folder(module: &Path) -> PathBuf {
    module.parent().map(Path::to_path_buf).unwrap_or_default()
}
