//! Runs sequences through a participant, many in one process, and finds the shortest that goes otherwise than foretold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use capsule_conformance::build::{self, Artifacts, Wanted};
use capsule_conformance::host::{Host, Job, Launch};
use capsule_conformance::inspect;
use capsule_conformance::model::{
    Actor, Build, Catalogue, Event, Interpreter, Observation, Participant, StepEnd, StepFact,
};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::calls::{self, Alphabet, Call};
use crate::model::{Cast, End, Foretold, Script, foretell};
use crate::support;

/// Steps in one process: as many as its log and the probe's pages have room for.
const STEPS: usize = 3000;
const TIMEOUT: Duration = Duration::from_mins(2);
/// Attempts at making a sequence shorter.
const ATTEMPTS: usize = 2000;

/// Who takes part beside the probe.
#[derive(Debug, Clone, Default)]
pub struct Players {
    pub producer: Option<Participant>,
    pub consumer: Option<Participant>,
}

/// A sequence that went otherwise than foretold, as short as it gets.
#[derive(Debug)]
pub struct Divergence {
    pub calls: Vec<Call>,
    pub script: Script,
    /// What was seen instead.
    pub seen: String,
}

/// A host with the participants that it can import.
pub struct Stage {
    host: Host,
    alphabet: Alphabet,
    cast: Cast,
    participants: Map<String, Value>,
    modules: Vec<PathBuf>,
    _scratch: tempfile::TempDir,
}

/// How many sequences each participant gets: `PROPTEST_CASES`, else 256.
pub fn wanted() -> usize {
    Config::default().cases as usize
}

pub fn fixture(stem: &str, build: Build) -> Participant {
    Participant::Fixture { stem: stem.to_owned(), build }
}

impl Stage {
    /// Builds what takes part and starts a host under the default interpreter.
    pub fn open(players: &Players) -> Stage {
        let catalogue = support::suite();
        let request = support::fixture_request();
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let worker = request.cache.source().expect("the cache").join("suite/worker");
        let (interpreters, problems) = inspect::interpreters(&[], &worker, scratch.path());
        assert!(!interpreters.is_empty(), "no interpreter: {problems:?}");
        let all: Vec<&Participant> = [&players.producer, &players.consumer].into_iter().flatten().collect();
        let participants: BTreeSet<(usize, Participant)> = all.iter().map(|it| (0, (*it).clone())).collect();
        let wanted = Wanted { participants, interpreters: BTreeSet::from([0]) };
        let artifacts = build::all(&wanted, &interpreters, &catalogue.fixtures, &request.cache, 1, &|_, _| ());
        let artifacts = artifacts.expect("the cache");
        let launch = launch(&interpreters[0], &artifacts, scratch.path().to_owned());
        let host = Host::start(&launch, TIMEOUT).unwrap_or_else(|error| panic!("{error}"));
        let modules = all.iter().map(|it| {
            let file = artifacts.module(0, it).unwrap_or_else(|why| panic!("{} is missing: {why}", it.id()));
            file.parent().expect("a module lies in a folder of its own").to_owned()
        });
        Stage {
            host,
            alphabet: match (&players.producer, &players.consumer) {
                (None, None) => Alphabet::Raw,
                (_, None) => Alphabet::Producer,
                _ => Alphabet::Consumer,
            },
            cast: Cast { produced: !all.is_empty(), lacks: lacks(&catalogue, &all), null_is_empty: false },
            participants: roles(players),
            modules: modules.collect(),
            _scratch: scratch,
        }
    }

    /// Foretells by a model that is wrong about NULL names.
    pub fn mistake_null_for_empty(&mut self) {
        self.cast.null_is_empty = true;
    }

    /// Draws and runs `count` sequences; the first that diverges, made as short as possible.
    pub fn diverges(&mut self, count: usize, runner: &mut TestRunner) -> Option<Divergence> {
        let sequences = calls::sequences(self.alphabet);
        let mut drawn = 0;
        while drawn < count {
            let mut batch = Vec::new();
            let mut steps = 0;
            while drawn < count && steps < STEPS {
                let tree = sequences.new_tree(runner).expect("no sequence is rejected");
                let script = foretell(&tree.current(), &self.cast, &format!("n{drawn}_"));
                steps += script.lines.len();
                batch.push((tree, script));
                drawn += 1;
            }
            let scripts: Vec<&Script> = batch.iter().map(|(_, script)| script).collect();
            if let Some((index, seen)) = self.first_divergence(&scripts) {
                let (tree, _) = batch.swap_remove(index);
                return Some(self.shortest(tree, &seen));
            }
        }
        None
    }

    /// Runs the scripts in one process; the first that goes otherwise, and how.
    fn first_divergence(&mut self, scripts: &[&Script]) -> Option<(usize, String)> {
        let steps = scripts.iter().flat_map(|script| script.lines.iter().map(|line| line.step.clone())).collect();
        let job = Job {
            op: "steps",
            timeout: TIMEOUT,
            near: Vec::new(),
            path: self.modules.clone(),
            participants: self.participants.clone(),
            steps,
            finish: "leave",
            ..Job::default()
        };
        let seen = self.host.run(&job).unwrap_or_else(|error| panic!("{error}"));
        // The machine's doing, as likely as not: no divergence, and nothing to be made shorter.
        assert!(!["timeout", "signal SIGKILL"].contains(&seen.end.as_str()), "{} within {TIMEOUT:?}", seen.end);
        let facts = Facts::of(&seen);
        let found = scripts.iter().enumerate().find_map(|(index, script)| Some((index, facts.divergence(script)?)));
        // What happened after the last step belongs to it.
        found.or_else(|| (seen.end != "returned").then(|| (scripts.len() - 1, seen.end.clone())))
    }

    /// `among_others` is what was seen of it in the batch.
    fn shortest(&mut self, mut tree: impl ValueTree<Value = Vec<Call>>, among_others: &str) -> Divergence {
        let mut run = |calls: Vec<Call>| {
            let script = foretell(&calls, &self.cast, "");
            let seen = self.first_divergence(&[&script])?.1;
            Some(Divergence { calls, script, seen })
        };
        let first = run(tree.current());
        let alone = first.is_some();
        let mut best = first.unwrap_or_else(|| Divergence {
            calls: tree.current(),
            script: Script::default(),
            seen: format!("it diverged among others and not alone: {among_others}"),
        });
        let mut more = alone && tree.simplify();
        for _ in 0..ATTEMPTS {
            if !more {
                break;
            }
            more = match run(tree.current()) {
                Some(shorter) => {
                    best = shorter;
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        // Once the calls are simpler, more of them may be needless than before.
        let mut index = best.calls.len();
        while index > 0 {
            index -= 1;
            let mut fewer = best.calls.clone();
            fewer.remove(index);
            best = run(fewer).unwrap_or(best);
        }
        best
    }
}

fn launch(interpreter: &Interpreter, artifacts: &Artifacts, scratch: PathBuf) -> Launch {
    Launch {
        program: interpreter.program.clone(),
        worker: artifacts.worker.clone(),
        probe: artifacts.probe(0).unwrap_or_else(|why| panic!("the probe is missing: {why}")).to_owned(),
        path: Vec::new(),
        preload: Vec::new(),
        ahead: Vec::new(),
        env: BTreeMap::new(),
        scratch,
    }
}

fn roles(players: &Players) -> Map<String, Value> {
    let role = |role: &str, it: &Option<Participant>| {
        let module = json!({ "module": it.as_ref()?.module(), "lazy": false, "fixture": true });
        Some((role.to_owned(), module))
    };
    [role("producer", &players.producer), role("consumer", &players.consumer)].into_iter().flatten().collect()
}

fn lacks(catalogue: &Catalogue, participants: &[&Participant]) -> BTreeSet<String> {
    let is = |it: &Participant, stem: &str, builds: &[Build]| matches!(it, Participant::Fixture { stem: own, build } if own == stem && builds.contains(build));
    let fixtures = catalogue
        .fixtures
        .iter()
        .filter(|fixture| participants.iter().any(|it| is(it, &fixture.stem, &fixture.builds)));
    fixtures.flat_map(|fixture| fixture.lacks.iter().cloned()).collect()
}

/// What was seen, by step.
struct Facts<'a> {
    end: &'a str,
    steps: BTreeMap<&'a str, &'a StepFact>,
    events: BTreeMap<&'a str, Vec<&'a Event>>,
}

impl<'a> Facts<'a> {
    fn of(seen: &'a Observation) -> Facts<'a> {
        let mut events: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in seen.events.iter().filter(|event| matches!(event.kind.as_str(), "destroyed" | "freed")) {
            events.entry(event.during.as_deref().unwrap_or_default()).or_default().push(event);
        }
        let steps = seen.steps.iter().map(|fact| (fact.label.as_str(), fact)).collect();
        Facts { end: &seen.end, steps, events }
    }

    /// The first thing that is not as foretold.
    fn divergence(&self, script: &Script) -> Option<String> {
        let mut left: Vec<Vec<&Event>> = Vec::new();
        let mut missing = None;
        for line in &script.lines {
            let label = &line.step.label;
            let Some(fact) = self.steps.get(label.as_str()) else {
                return missing.or_else(|| Some(format!("{} before {label}", self.end)));
            };
            let wrong = wrong_end(&line.end, &fact.end, self.end);
            let mut during = self.events.get(label.as_str()).cloned().unwrap_or_default();
            let lacking = remove_all(&mut during, &line.events).map(|it| format!("no {}", shown(it)));
            missing = missing.or_else(|| wrong.or(lacking).map(|what| format!("{label}: {what}")));
            left.push(during);
        }
        missing.or_else(|| late_divergence(script, &mut left))
    }
}

/// The collector's own time: what it did must be found between two lines, and nothing else may be left.
fn late_divergence(script: &Script, left: &mut [Vec<&Event>]) -> Option<String> {
    for late in &script.late {
        for wanted in &late.events {
            let window = &mut left[late.first..=late.last];
            if !window.iter_mut().any(|during| remove(during, wanted)) {
                return Some(format!("{}: no {}", script.lines[late.last].step.label, shown(wanted)));
            }
        }
    }
    let extra = left.iter().zip(&script.lines).find_map(|(during, line)| Some((during.first()?, line)))?;
    Some(format!("{}: {} {}", extra.1.step.label, extra.0.kind, Value::Object(extra.0.fields.clone())))
}

fn remove_all<'w>(during: &mut Vec<&Event>, wanted: &'w [Foretold]) -> Option<&'w Foretold> {
    wanted.iter().find(|wanted| !remove(during, wanted))
}

fn remove(during: &mut Vec<&Event>, wanted: &Foretold) -> bool {
    let fits = |event: &&Event| {
        event.kind == wanted.event && wanted.fields.iter().all(|(key, value)| event.fields.get(key) == Some(value))
    };
    during.iter().position(fits).map(|index| during.remove(index)).is_some()
}

fn wrong_end(wanted: &End, seen: &StepEnd, end: &str) -> Option<String> {
    let right = match (wanted, seen) {
        (End::Completes, StepEnd::Returned(_)) => true,
        (End::Returns(wanted), StepEnd::Returned(value)) => same(wanted, value),
        (End::Item(index, wanted), StepEnd::Returned(value)) => value.get(index) == Some(wanted),
        (End::Raises { class, cause }, StepEnd::Raised(raised)) => {
            let caused = |cause: &str| raised.cause.as_ref().is_some_and(|it| it.r#type == cause);
            raised.mro.iter().any(|it| it == class) && cause.is_none_or(caused)
        }
        _ => false,
    };
    (!right).then(|| match seen {
        StepEnd::Returned(value) => format!("returned {value}, not {wanted:?}"),
        StepEnd::Raised(raised) => format!("{}: {}, not {wanted:?}", raised.r#type, raised.message),
        StepEnd::Skipped(why) => format!("not performed: {why}"),
        StepEnd::Interrupted => end.to_owned(),
    })
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) => (x - y).abs() < 1e-12,
        _ => a == b,
    }
}

fn shown(wanted: &Foretold) -> String {
    format!("{} {}", wanted.event, Value::Object(wanted.fields.clone()))
}

/// The actor's name in a case.
pub fn word(by: Actor) -> &'static str {
    match by {
        Actor::Producer => "producer",
        Actor::Consumer => "consumer",
        Actor::Probe => "probe",
        Actor::World => "world",
    }
}
