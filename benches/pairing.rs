//! What a pairing costs, as ratios within one run: against a bare fork of the same interpreter, a fresh interpreter,
//! and a pytest function; and a call through a capsule against the same call through Python.
//!
//! `cargo bench --bench pairing -- [--python PATH] [--check]`. With `--check` a pairing that costs more than
//! [`BARE_FORKS`] bare forks, or more than 1/[`PER_FRESH`] of a fresh interpreter, fails the run.
#![allow(clippy::print_stdout, reason = "a table for people is all it makes")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, anyhow, bail, ensure};
use capsule_conformance::build::{self, Cache, Wanted};
use capsule_conformance::host::{Host, Job, Launch, clean_command};
use capsule_conformance::model::{Build, Catalogue, Facts, Interpreter, Observation, Participant, Step, StepEnd};
use capsule_conformance::plan::{self, Selection};
use capsule_conformance::{catalogue, embedded, inspect};
use serde_json::{Map, Value, json};

/// A pairing may cost this many bare forks.
const BARE_FORKS: f64 = 5.0;
/// A fresh interpreter must cost this many pairings.
const PER_FRESH: f64 = 15.0;

const ROUNDS: usize = 15;
const PAIRINGS: usize = 10;
const PYTEST_FUNCTIONS: usize = 1000;

/// Three calls of the probe, and one capsule from a producer to a consumer.
const ALONE: &str = "names::runtime_keeps_the_address_of_a_name";
const TOGETHER: &str = "wrong_name::consumer_refuses_a_foreign_handle";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let python = arguments.iter().position(|it| it == "--python").and_then(|at| arguments.get(at + 1));
    let bench = Bench::prepare(python)?;
    let costs = bench.measure()?;
    print!("{}", costs.table(&bench.interpreter.id));
    let failed = costs.failed();
    for reason in &failed {
        println!("too dear: {reason}");
    }
    Ok(ExitCode::from(u8::from(arguments.iter().any(|it| it == "--check") && !failed.is_empty())))
}

/// Everything built, nothing started.
struct Bench {
    interpreter: Interpreter,
    launch: Launch,
    alone: Job,
    together: Job,
    _scratch: tempfile::TempDir,
}

impl Bench {
    fn prepare(python: Option<&String>) -> Result<Bench> {
        let scratch = tempfile::tempdir()?;
        let cache = Cache { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache") };
        let catalogue = catalogue::load(embedded::FILES.iter().copied())?;
        let source = cache.source()?;
        let pythons: Vec<String> = python.cloned().into_iter().collect();
        let (interpreters, problems) = inspect::interpreters(&pythons, &source.join("suite/worker"), scratch.path());
        let interpreter =
            interpreters.first().with_context(|| format!("no interpreter: {:?}", problems.first()))?.clone();
        let side = |stem: &str| Participant::Fixture { stem: stem.to_owned(), build: Build::CMultiPhase };
        let (producer, consumer) = (side("fast_math"), side("renderer"));
        let wanted =
            Wanted { participants: [(0, producer.clone()), (0, consumer.clone())].into(), interpreters: [0].into() };
        let artifacts = build::all(&wanted, &interpreters, &catalogue.fixtures, &cache, 2, &|_, _| {})?;
        let module = |side: &Participant| artifacts.module(0, side).map(Path::to_owned).map_err(|why| anyhow!("{why}"));
        let files = vec![module(&producer)?, module(&consumer)?];
        compile(&interpreter, &source, scratch.path())?;
        let launch = Launch {
            program: executable(&interpreter.program, scratch.path())?,
            worker: artifacts.worker.clone(),
            probe: artifacts.probe(0).map_err(|why| anyhow!("{why}"))?.to_owned(),
            path: vec![scratch.path().to_owned()],
            preload: vec!["pairing_bench".to_owned()],
            ahead: Vec::new(),
            env: BTreeMap::new(),
            scratch: scratch.path().to_owned(),
        };
        let facts = Facts { interpreters, ..Facts::default() };
        Ok(Bench {
            alone: job(&catalogue, &facts, ALONE, &[])?,
            together: job(&catalogue, &facts, TOGETHER, &files)?,
            interpreter,
            launch,
            _scratch: scratch,
        })
    }

    /// Rounds of everything in turn, so that a busy machine is as busy for each.
    fn measure(&self) -> Result<Costs> {
        let like = self.alone.steps.first().context("a case without steps")?;
        let mut host = Host::start(&self.launch, Duration::from_secs(20))?;
        let (mut bare, mut alone, mut together, mut fresh) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut capsule, mut python) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let forks = inside(&mut host, like, "pairing_bench.bare_forks(10)", &[])?;
            for (job, times) in [(&self.alone, &mut alone), (&self.together, &mut together)] {
                for _ in 0..PAIRINGS {
                    let begun = Instant::now();
                    let seen = host.run(job)?;
                    times.push(begun.elapsed().as_secs_f64() * 1e6);
                    ensure!(seen.end == "returned", "the pairing ended with `{}`: {}", seen.end, seen.output);
                }
            }
            fresh.push(self.fresh()?);
            let calls = "[pairing_bench.through_capsule(100000)[0], pairing_bench.through_python(math.sin, 100000)[0]]";
            let calls = inside(&mut host, like, calls, &self.together.path)?;
            if round == 0 {
                // What ran for the first time.
                for times in [&mut alone, &mut together, &mut fresh] {
                    times.clear();
                }
                continue;
            }
            bare.extend(forks.iter().map(|it| it / 1e3));
            capsule.push(calls[0]);
            python.push(calls[1]);
        }
        Ok(Costs {
            bare: median(bare),
            alone: median(alone),
            together: median(together),
            fresh: median(fresh),
            pytest: self.pytest()?,
            capsule: median(capsule),
            python: median(python),
        })
    }

    /// An interpreter that imports what the pairing imports, and ends.
    fn fresh(&self) -> Result<f64> {
        let folders: Vec<&Path> =
            self.together.path.iter().map(PathBuf::as_path).chain(self.launch.probe.parent()).collect();
        let code = format!("import sys; sys.path[:0] = {folders:?}; import capsule_probe, fast_math, renderer");
        let begun = Instant::now();
        let mut command = clean_command(&self.launch.program, &self.launch.scratch);
        let status = command.args(["-I", "-c", &code]).stdin(Stdio::null()).status()?;
        ensure!(status.success(), "a fresh interpreter cannot import the fixtures: {status}");
        Ok(begun.elapsed().as_secs_f64() * 1e6)
    }

    /// One of many trivial test functions, without what starting pytest costs.
    fn pytest(&self) -> Result<Option<f64>> {
        let run = |arguments: &[&str]| {
            let mut command: Command = clean_command(&self.launch.program, &self.launch.scratch);
            let begun = Instant::now();
            let output = command.args(arguments).stdin(Stdio::null()).output()?;
            Ok::<_, anyhow::Error>((output.status.success(), begun.elapsed().as_secs_f64() * 1e6))
        };
        if !run(&["-c", "import pytest"])?.0 {
            return Ok(None);
        }
        let mut times = [f64::MAX; 2];
        for _ in 0..2 {
            for (count, best) in [1, 1 + PYTEST_FUNCTIONS].into_iter().zip(&mut times) {
                let mut text = String::new();
                for number in 0..count {
                    writeln!(text, "def test_{number}():\n    assert {number} >= 0\n")?;
                }
                fs::write(self.launch.scratch.join("test_trivial.py"), text)?;
                let (passed, time) = run(&["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_trivial.py"])?;
                ensure!(passed, "pytest does not run trivial tests");
                *best = best.min(time);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a thousand")]
        Ok(Some((times[1] - times[0]) / PYTEST_FUNCTIONS as f64))
    }
}

/// The interpreter behind what may be a version manager's shell script, whose start is no interpreter's.
fn executable(program: &Path, scratch: &Path) -> Result<PathBuf> {
    let output = clean_command(program, scratch).args(["-I", "-c", "import sys; print(sys.executable)"]).output()?;
    ensure!(output.status.success(), "{} does not start", program.display());
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// Compiles the bench's own module into the scratch folder.
fn compile(interpreter: &Interpreter, source: &Path, scratch: &Path) -> Result<()> {
    let compiler = cc::Build::new()
        .cargo_metadata(false)
        .opt_level(1)
        .host(env!("TARGET_TRIPLE"))
        .target(env!("TARGET_TRIPLE"))
        .no_default_flags(true)
        .try_get_compiler();
    let program = compiler.map_or_else(|_| PathBuf::from("cc"), |tool| tool.path().to_owned());
    let mut command = Command::new(program);
    command.args(["-std=gnu11", "-O1", "-fPIC", "-shared", "-o"]).arg(scratch.join("pairing_bench.so"));
    command.arg("-I").arg(source.join("c_fixtures/include"));
    for folder in &interpreter.includes {
        command.arg("-isystem").arg(folder);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pairing_bench.c");
    let output = command.arg(file).output().context("no C compiler")?;
    ensure!(output.status.success(), "cannot compile: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The job of a case's first pairing of these two builds.
fn job(catalogue: &Catalogue, facts: &Facts, case: &str, files: &[PathBuf]) -> Result<Job> {
    let sides = |stem: &str| if files.is_empty() { Vec::new() } else { vec![format!("{stem}@c_multi_phase")] };
    let selection = Selection {
        cases: vec![case.to_owned()],
        producers: sides("fast_math"),
        consumers: sides("renderer"),
        ..Selection::default()
    };
    let mut plan = plan::make(catalogue, facts, &[], &selection)?;
    ensure!(!plan.pairings.is_empty(), "{case} has no pairing");
    let pairing = plan.pairings.swap_remove(0);
    let module = |stem: &str| json!({ "module": stem });
    let participants = [("producer", &pairing.producer, "fast_math"), ("consumer", &pairing.consumer, "renderer")];
    let present = participants.into_iter().filter(|(_, side, _)| side.is_some());
    Ok(Job {
        participants: present.map(|(role, _, stem)| (role.to_owned(), module(stem))).collect::<Map<_, _>>(),
        steps: pairing.script.steps,
        ..blank(files.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect(), files)
    })
}

fn blank(path: Vec<PathBuf>, near: &[PathBuf]) -> Job {
    // As in a run, where jobs with the same fixtures share a stage that has imported them.
    let stem = |file: &PathBuf| file.file_name()?.to_str()?.split('.').next().map(str::to_owned);
    let stage = near.iter().filter_map(|file| Some((file.parent()?.to_owned(), stem(file)?))).collect();
    Job { op: "steps", timeout: Duration::from_secs(20), stage, path, finish: "leave", ..Job::default() }
}

/// The numbers that an expression gives in a process of the host's; `like` is any step of the world or the probe.
fn inside(host: &mut Host, like: &Step, expression: &str, path: &[PathBuf]) -> Result<Vec<f64>> {
    let arguments = [("expression", json!(expression)), ("modules", json!(["pairing_bench", "math"]))];
    let step = Step {
        label: "numbers".to_owned(),
        verb: "eval".to_owned(),
        by: None,
        args: arguments.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        ..like.clone()
    };
    let job = Job { steps: vec![step], ..blank(path.to_vec(), &[]) };
    let seen: Observation = host.run(&job)?;
    let Some(StepEnd::Returned(Value::Array(numbers))) = seen.steps.first().map(|fact| &fact.end) else {
        bail!("`{expression}` gave nothing: {:?}, {}", seen.steps, seen.end);
    };
    Ok(numbers.iter().filter_map(Value::as_f64).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Microseconds; calls in nanoseconds.
struct Costs {
    bare: f64,
    alone: f64,
    together: f64,
    fresh: f64,
    pytest: Option<f64>,
    capsule: f64,
    python: f64,
}

impl Costs {
    fn table(&self, interpreter: &str) -> String {
        let mut text = format!("{interpreter}, medians of {ROUNDS} rounds\n\n");
        let mut row = |what: &str, time: f64, unit: &str, ratios: String| {
            writeln!(text, "{what:<36}{time:>9.1} {unit}  {ratios}").expect("writing to a string");
        };
        row("a bare fork of the interpreter", self.bare, "us", String::new());
        for (what, time) in
            [("a pairing, probe alone", self.alone), ("a pairing, producer and consumer", self.together)]
        {
            let (forks, part) = (time / self.bare, self.fresh / time);
            row(what, time, "us", format!("{forks:.1} bare forks, 1/{part:.0} of a fresh interpreter"));
        }
        row("a fresh interpreter", self.fresh, "us", format!("{:.0} bare forks", self.fresh / self.bare));
        match self.pytest {
            Some(time) => row("a pytest function", time, "us", format!("{:.1} bare forks", time / self.bare)),
            None => writeln!(text, "{:<36}pytest is not installed", "a pytest function").expect("writing to a string"),
        }
        let mut row = |what: &str, time: f64, ratios: String| {
            writeln!(text, "{what:<36}{time:>9.1} ns  {ratios}").expect("writing to a string");
        };
        row("sin through a capsule's table", self.capsule, String::new());
        row("sin through Python", self.python, format!("{:.1} calls through the capsule", self.python / self.capsule));
        text
    }

    fn failed(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for (what, time) in [("the probe alone", self.alone), ("producer and consumer", self.together)] {
            if time > BARE_FORKS * self.bare {
                failed.push(format!("{what}: {:.1} bare forks, at most {BARE_FORKS}", time / self.bare));
            }
            if time * PER_FRESH > self.fresh {
                failed
                    .push(format!("{what}: 1/{:.1} of a fresh interpreter, at most 1/{PER_FRESH}", self.fresh / time));
            }
        }
        failed
    }
}
