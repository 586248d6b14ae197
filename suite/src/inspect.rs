//! Looks at the machine: what the interpreters are, and what a target makes.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::host::{self, Host, Job, Launch};
use crate::model::{Capsule, Interpreter, Observation, Problem, StepEnd, TargetFacts};

/// What the worker's `interpreter.py` prints.
#[derive(Deserialize)]
struct Printed {
    implementation: String,
    version: String,
    debug: bool,
    free_threaded: bool,
    loads_abi3: bool,
    shared: bool,
    executable: PathBuf,
    include: Vec<PathBuf>,
    has_headers: bool,
    ext_suffix: String,
    identity: String,
    version_info: Vec<Value>,
}

/// The interpreter to test under when none is named: the active virtual environment's, else `python3` on the path.
pub fn default_python() -> PathBuf {
    let active = env::var_os("VIRTUAL_ENV").map(|folder| Path::new(&folder).join("bin").join("python"));
    active.filter(|program| program.exists()).unwrap_or_else(|| PathBuf::from("python3"))
}

/// Looks at each interpreter asked for; none asks for the default one.
///
/// # Errors
///
/// A sentence for each that does not answer; the others are returned all the same.
pub fn interpreters(asked: &[String], worker: &Path, scratch: &Path) -> (Vec<Interpreter>, Vec<Problem>) {
    let programs: Vec<(Option<String>, PathBuf)> = if asked.is_empty() {
        vec![(None, default_python())]
    } else {
        asked.iter().map(|text| (Some(text.clone()), program(text))).collect()
    };
    let mut found: Vec<(Interpreter, bool)> = Vec::new();
    let mut problems = Vec::new();
    for (asked, program) in programs {
        match look(&program, worker, scratch) {
            Ok(printed) => found.push((interpreter(asked, program, &printed), printed.shared)),
            Err(message) => problems.push(Problem {
                what: "interpreter".to_owned(),
                r#where: asked.unwrap_or_else(|| program.display().to_string()),
                message,
            }),
        }
    }
    (distinct(found), problems)
}

/// A relative path with a folder in it means the user's current folder, not the private one that children start in.
fn program(text: &str) -> PathBuf {
    let path = Path::new(text);
    if path.components().count() > 1 {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    }
}

fn look(program: &Path, worker: &Path, scratch: &Path) -> Result<Printed, String> {
    let output = host::clean_command(program, scratch)
        .arg(worker.join("interpreter.py"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot be started: {error}; name an interpreter with --python"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text.lines().last().unwrap_or("no message").to_owned();
        return Err(format!("does not say what it is ({}): {last}; Python 3.8 or later is needed", output.status));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("does not say what it is: {error}; Python 3.8 or later is needed"))
}

fn interpreter(asked: Option<String>, program: PathBuf, printed: &Printed) -> Interpreter {
    let mut id = format!("{}-{}", printed.implementation.to_lowercase(), printed.version);
    if printed.free_threaded {
        id.push('t');
    }
    if printed.debug {
        id.push_str("-debug");
    }
    Interpreter {
        id,
        asked,
        program,
        implementation: printed.implementation.clone(),
        version: printed.version.clone(),
        numbers: printed
            .version_info
            .iter()
            .map_while(Value::as_u64)
            .map(|it| u32::try_from(it).unwrap_or(u32::MAX))
            .collect(),
        debug: printed.debug,
        free_threaded: printed.free_threaded,
        loads_abi3: printed.loads_abi3,
        includes: if printed.has_headers { printed.include.clone() } else { Vec::new() },
        suffix: printed.ext_suffix.clone(),
        identity: format!("{}\n{}", printed.identity, printed.executable.display()),
    }
}

/// Gives two interpreters of one version different ids.
fn distinct(found: Vec<(Interpreter, bool)>) -> Vec<Interpreter> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (interpreter, _) in &found {
        *counts.entry(interpreter.id.clone()).or_default() += 1;
    }
    let mut used: BTreeMap<String, u32> = BTreeMap::new();
    found
        .into_iter()
        .map(|(mut interpreter, shared)| {
            if counts[&interpreter.id] > 1 && !shared {
                interpreter.id.push_str("-static");
            }
            let number = used.entry(interpreter.id.clone()).or_default();
            *number += 1;
            if *number > 1 {
                interpreter.id = format!("{}#{number}", interpreter.id);
            }
            interpreter
        })
        .collect()
}

/// Imports the target in a process of its own and lists the capsules it makes.
pub fn target(
    module: &str,
    preload: &[String],
    interpreter: &Interpreter,
    launch: &Launch,
    timeout: Duration,
    classify: &dyn Fn(&str, Option<&[u8]>) -> String,
) -> TargetFacts {
    let mut facts =
        TargetFacts { module: module.to_owned(), interpreter: interpreter.id.clone(), ..TargetFacts::default() };
    let job = Job {
        id: 0,
        op: "inventory",
        module: Some(module.to_owned()),
        fresh: true,
        timeout: timeout.as_secs_f64(),
        path: Vec::new(),
        flags: Vec::new(),
        preload: preload.to_vec(),
        participants: Map::new(),
        steps: Vec::new(),
        finish: "leave",
    };
    let seen = match Host::start(launch, timeout).and_then(|mut host| host.run(&job)) {
        Ok(seen) => seen,
        Err(error) => {
            facts.failure = Some(error.to_string());
            return facts;
        }
    };
    facts.failure = failure(&seen);
    for event in &seen.events {
        match event.kind.as_str() {
            "capsule" => facts.produces.extend(capsule(&event.fields, module, classify)),
            "target" => facts.version = event.fields.get("version").and_then(Value::as_str).map(str::to_owned),
            _ => {}
        }
    }
    facts.produces.sort_by(|a, b| a.path.cmp(&b.path));
    facts
}

fn failure(seen: &Observation) -> Option<String> {
    let raised = seen.steps.iter().find_map(|fact| match &fact.end {
        StepEnd::Raised(raised) => Some(format!("{}: {}", raised.r#type, raised.message)),
        _ => None,
    });
    raised.or_else(|| (seen.end != "returned").then(|| seen.end.clone()))
}

/// One record per object: its path is the one its name says, else the shortest, then the first in order.
fn capsule(
    fields: &Map<String, Value>,
    module: &str,
    classify: &dyn Fn(&str, Option<&[u8]>) -> String,
) -> Option<Capsule> {
    let mut paths: Vec<String> =
        fields.get("paths")?.as_array()?.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect();
    let top = module.split('.').next().unwrap_or(module);
    let own = |path: &String| path.split('.').next() == Some(top);
    if !paths.iter().any(own) {
        return None;
    }
    let name = fields.get("name").and_then(Value::as_str).map(bytes);
    let said = name.as_deref().map(String::from_utf8_lossy);
    paths.sort_by_key(|path| (Some(path.as_str()) != said.as_deref(), !own(path), path.len(), path.clone()));
    let path = paths.remove(0);
    let convention = classify(&path, name.as_deref());
    let how = fields.get("how").and_then(Value::as_str).unwrap_or("attribute").to_owned();
    Some(Capsule { path, aliases: paths, name, convention, how })
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .filter_map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
