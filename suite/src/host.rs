//! Speaks with the long-lived process of the worker: starts it, hands over jobs, reads what they left behind.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::{Event, Observation, Raised, Step, StepEnd, StepFact};

/// How long past a job's own deadline a host may stay silent before it counts as lost.
const GRACE: Duration = Duration::from_secs(15);

/// How long a host may take to end.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a host is started.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Launch {
    /// The interpreter's program.
    pub program: PathBuf,
    /// The worker's folder.
    pub worker: PathBuf,
    /// The probe for this interpreter.
    pub probe: PathBuf,
    /// Folders put first on `sys.path`.
    pub path: Vec<PathBuf>,
    /// Modules imported before anything is forked.
    pub preload: Vec<String>,
    /// Environment variables of the target.
    pub env: BTreeMap<String, String>,
    /// A private folder: the current folder and the place for temporary files of everything started.
    pub scratch: PathBuf,
}

/// One thing to do in a process of its own.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Job {
    /// Comes back with the answer.
    pub id: usize,
    /// `run` or `inventory`.
    pub op: &'static str,
    /// For an inventory: the module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// For an inventory: places of capsules to look up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<String>,
    /// For an inventory: expressions that should be Python.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<String>,
    /// A new interpreter instead of a fork.
    pub fresh: bool,
    /// Seconds.
    pub timeout: f64,
    /// Folders put first on `sys.path`, before the host's own.
    pub path: Vec<PathBuf>,
    /// Interpreter flags of a fresh process.
    pub flags: Vec<String>,
    /// Imported first in a fresh process; in a fork the host has them.
    pub preload: Vec<String>,
    /// `producer` and `consumer`: their modules.
    pub participants: Map<String, Value>,
    /// What to do.
    pub steps: Vec<Step>,
    /// `leave` or `shutdown`.
    pub finish: &'static str,
}

/// A running host.
#[derive(Debug)]
pub struct Host {
    child: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<String>,
    complaints: Receiver<String>,
    /// More than one means that forks of it are not safe.
    pub threads: u32,
}

/// The host cannot be used, or not any more.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The interpreter does not start.
    #[error("{} does not start: {source}", program.display())]
    Start {
        /// The interpreter.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It ended or fell silent.
    #[error("the host was lost: {0}")]
    Lost(String),
    /// What had to be imported first cannot be.
    #[error("the host could not import what the pairing needs: {0}")]
    Preload(String),
}

#[derive(Deserialize)]
struct Ready {
    #[serde(rename = "ready")]
    ok: bool,
    #[serde(default)]
    threads: u32,
    #[serde(default)]
    raised: Option<Raised>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    records: Vec<Map<String, Value>>,
    end: String,
    #[serde(default)]
    output: String,
    #[serde(default)]
    duration_us: u64,
    #[serde(default)]
    killed_by_us: bool,
}

impl Host {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    ///
    /// The interpreter does not start, ends, or cannot import what it has to.
    pub fn start(launch: &Launch, patience: Duration) -> Result<Host, HostError> {
        let config = json!({ "probe": launch.probe, "path": launch.path, "preload": launch.preload });
        let mut child = clean_command(&launch.program, &launch.scratch)
            .arg(launch.worker.join("host.py"))
            .arg(config.to_string())
            .envs(&launch.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|source| HostError::Start { program: launch.program.clone(), source })?;
        let requests = child.stdin.take().expect("stdin is piped");
        let answers = lines(child.stdout.take().expect("stdout is piped"));
        let complaints = lines(child.stderr.take().expect("stderr is piped"));
        let mut host = Host { child, requests: Some(requests), answers, complaints, threads: 1 };
        let ready: Ready = host.receive(patience + GRACE)?;
        if !ready.ok {
            let raised = ready.raised.map(|it| format!("{}: {}", it.r#type, it.message));
            return Err(HostError::Preload(raised.unwrap_or_else(|| "no reason given".to_owned())));
        }
        host.threads = ready.threads;
        Ok(host)
    }

    /// Does one job.
    ///
    /// # Errors
    ///
    /// The host ended or fell silent before it answered.
    pub fn run(&mut self, job: &Job) -> Result<Observation, HostError> {
        let line = serde_json::to_string(job).expect("a job is plain data");
        let sent = self
            .requests
            .as_mut()
            .is_some_and(|requests| writeln!(requests, "{line}").and_then(|()| requests.flush()).is_ok());
        if !sent {
            return Err(self.lost("it no longer listens"));
        }
        let answer: Answer = self.receive(Duration::from_secs_f64(job.timeout) + GRACE)?;
        Ok(observation(answer))
    }

    fn receive<T: for<'a> Deserialize<'a>>(&mut self, patience: Duration) -> Result<T, HostError> {
        match self.answers.recv_timeout(patience) {
            Ok(line) => {
                serde_json::from_str(&line).map_err(|error| self.lost(&format!("it answered nonsense: {error}")))
            }
            Err(RecvTimeoutError::Timeout) => Err(self.lost("it did not answer in time")),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost("it ended")),
        }
    }

    fn lost(&mut self, what: &str) -> HostError {
        drop(self.child.kill());
        let status = self.child.wait().map(|status| status.to_string()).unwrap_or_default();
        let complaints: Vec<String> = self.complaints.iter().collect();
        let tail = complaints[complaints.len().saturating_sub(5)..].join("\n");
        HostError::Lost(format!("{what} ({status}){}{tail}", if tail.is_empty() { "" } else { "\n" }))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The end of its input is the end of a host, which takes along what its modules started. A kill makes sure of
        // one that hangs: its answers are at their end when it is gone.
        drop(self.requests.take());
        while self.answers.recv_timeout(FAREWELL).is_ok() {}
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command whose environment is the user's without anything that steers Python.
pub fn clean_command(program: &Path, scratch: &Path) -> Command {
    let mut command = Command::new(program);
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(key);
        }
    }
    command.current_dir(scratch).env("TMPDIR", scratch);
    command
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn observation(answer: Answer) -> Observation {
    let mut seen = Observation {
        end: answer.end,
        killed_by_us: answer.killed_by_us,
        output: answer.output,
        duration_us: answer.duration_us,
        ..Observation::default()
    };
    // Steps may be performed inside a step: what happens belongs to the innermost.
    let mut running: Vec<String> = Vec::new();
    for mut record in answer.records {
        let kind = take_text(&mut record, "event").unwrap_or_default();
        match kind.as_str() {
            "begin" => {
                let label = take_text(&mut record, "step").unwrap_or_default();
                seen.steps.push(StepFact { label: label.clone(), end: StepEnd::Interrupted });
                running.push(label);
            }
            "end" => {
                let label = take_text(&mut record, "step").unwrap_or_default();
                if let Some(fact) = seen.steps.iter_mut().rev().find(|fact| fact.label == label) {
                    fact.end = step_end(record);
                }
                running.retain(|it| *it != label);
            }
            _ => seen.events.push(Event { kind, fields: record, during: running.last().cloned() }),
        }
    }
    seen
}

fn step_end(mut record: Map<String, Value>) -> StepEnd {
    if let Some(reason) = take_text(&mut record, "skipped") {
        return StepEnd::Skipped(reason);
    }
    match record.remove("raised") {
        Some(raised) => serde_json::from_value(raised).map_or_else(
            |error| StepEnd::Skipped(format!("left an exception that cannot be read: {error}")),
            StepEnd::Raised,
        ),
        None => StepEnd::Returned(record.remove("returned").unwrap_or_default()),
    }
}

fn take_text(record: &mut Map<String, Value>, key: &str) -> Option<String> {
    record.remove(key).and_then(|value| value.as_str().map(str::to_owned))
}
