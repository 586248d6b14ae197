//! Speaks with the long-lived process of the worker: starts it, hands over jobs, reads what they left behind.

mod observe;

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::observe::observations;
use crate::model::{Observation, Raised, Step};

/// How long past a job's own deadline a host may stay silent before it counts as lost.
const GRACE: Duration = Duration::from_secs(15);

/// How long a host may take to end.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a process ends whose log was closed by the target; the worker has the same number.
const SPEECHLESS: i32 = 62;

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
    /// Modules imported after those, if they can be: what every fork would import for itself.
    pub ahead: Vec<String>,
    /// Environment variables of the target.
    pub env: BTreeMap<String, String>,
    /// A private folder: the current folder and the place for temporary files of everything started.
    pub scratch: PathBuf,
}

/// One thing to do in a process of its own.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Job {
    /// `steps` or `inventory`.
    pub op: &'static str,
    /// For an inventory: the module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// For an inventory: what tells a class whose objects make capsules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// For an inventory: places of capsules to look up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<String>,
    /// For an inventory: places of capsules that the module takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consumed: Vec<String>,
    /// For an inventory: expressions that make capsules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub factories: Vec<String>,
    /// For an inventory: the modules that factories may speak of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
    /// For an inventory: expressions that should be Python.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<String>,
    /// A new interpreter instead of a fork.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
    /// For the whole process.
    #[serde(skip)]
    pub timeout: Duration,
    /// Module files that the host maps before it forks, since they will be imported.
    #[serde(skip)]
    pub near: Vec<PathBuf>,
    /// The modules that jobs like this one share, each with its folder: imported once, in a fork that they are forked off.
    #[serde(skip)]
    pub stage: Vec<(PathBuf, String)>,
    /// Folders put first on `sys.path`, before the host's own.
    pub path: Vec<PathBuf>,
    /// Interpreter flags of a fresh process.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Imported first in a fresh process; in a fork the host has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preload: Vec<String>,
    /// `producer` and `consumer`: their modules.
    pub participants: Map<String, Value>,
    /// What to do.
    pub steps: Vec<Step>,
    /// The same steps for other capsules, done in turn with these in the same process.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Vec<Step>>,
    /// Classes of exceptions that the manifest names: an exception is told by these names too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// `leave` or `shutdown`.
    pub finish: &'static str,
}

/// A running host.
#[derive(Debug)]
pub struct Host {
    child: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<Answer>,
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

/// What the probe says of a process that ended.
#[derive(Debug, Deserialize)]
struct Ended {
    /// As `waitpid` gives it; -1 if there was no process.
    status: i32,
    killed: bool,
    duration_us: u64,
    /// How many bytes follow of the log, of its end if it was too long to keep, and of the end of the output.
    log: usize,
    log_tail: usize,
    output: usize,
}

/// A line of a host, with the bytes that it announces.
#[derive(Debug, Default)]
struct Answer {
    line: Vec<u8>,
    ended: Option<Ended>,
    log: Vec<u8>,
    log_tail: Vec<u8>,
    output: Vec<u8>,
}

impl Host {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    ///
    /// The interpreter does not start, ends, or cannot import what it has to.
    pub fn start(launch: &Launch, patience: Duration) -> Result<Host, HostError> {
        let config = json!({
            "probe": launch.probe, "path": launch.path, "preload": launch.preload, "ahead": launch.ahead,
        });
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
        let answers = received(child.stdout.take().expect("stdout is piped"), answer);
        let complaints = received(child.stderr.take().expect("stderr is piped"), line);
        let mut host = Host { child, requests: Some(requests), answers, complaints, threads: 1 };
        let answer = host.receive(patience + GRACE)?;
        let ready: Ready = serde_json::from_slice(&answer.line).map_err(|error| host.nonsense(&error))?;
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
        Ok(self.run_together(job)?.swap_remove(0))
    }

    /// Does a job, and says what was seen of its steps and of those of each of its `others`.
    ///
    /// # Errors
    ///
    /// As for [`Host::run`].
    pub fn run_together(&mut self, job: &Job) -> Result<Vec<Observation>, HostError> {
        let near: Vec<String> = job.near.iter().map(|file| file.display().to_string()).collect();
        let line = serde_json::to_string(job).expect("a job is plain data");
        let (path, modules): (Vec<_>, Vec<_>) = job.stage.iter().cloned().unzip();
        let stage =
            if modules.is_empty() { String::new() } else { json!({ "path": path, "modules": modules }).to_string() };
        let request = format!("{}\t{}\t{stage}\t{line}\n", job.timeout.as_millis(), near.join(":"));
        if self.requests.as_mut().is_none_or(|requests| requests.write_all(request.as_bytes()).is_err()) {
            return Err(self.lost("it no longer listens"));
        }
        let mut answer = self.receive(job.timeout + GRACE)?;
        match answer.ended.take() {
            Some(ended) => Ok(observations(&ended, &answer, job)),
            None => Err(self.nonsense(&String::from_utf8_lossy(&answer.line))),
        }
    }

    fn receive(&mut self, patience: Duration) -> Result<Answer, HostError> {
        self.answers.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => self.lost("it did not answer in time"),
            RecvTimeoutError::Disconnected => self.lost("it ended"),
        })
    }

    fn nonsense(&mut self, what: &dyn std::fmt::Display) -> HostError {
        self.lost(&format!("it answered nonsense: {what}"))
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

/// What a stream gives piece by piece, read on a thread of its own.
fn received<T: Send + 'static>(
    stream: impl Read + Send + 'static,
    next: impl Fn(&mut dyn BufRead) -> io::Result<T> + Send + 'static,
) -> Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        while let Ok(piece) = next(&mut stream) {
            if sender.send(piece).is_err() {
                break;
            }
        }
    });
    receiver
}

fn line(stream: &mut dyn BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    if stream.read_until(b'\n', &mut bytes)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
}

fn answer(stream: &mut dyn BufRead) -> io::Result<Answer> {
    let mut answer = Answer { line: line(stream)?.into_bytes(), ..Answer::default() };
    answer.ended = serde_json::from_slice(&answer.line).ok();
    if let Some(ended) = &answer.ended {
        let parts =
            [(&mut answer.log, ended.log), (&mut answer.log_tail, ended.log_tail), (&mut answer.output, ended.output)];
        for (part, size) in parts {
            part.resize(size, 0);
            stream.read_exact(part)?;
        }
    }
    Ok(answer)
}
