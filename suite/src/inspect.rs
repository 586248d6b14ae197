//! Looks at the machine: what the interpreters are, and what a target makes.

mod lines;
mod trace;

pub mod wheel;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use self::lines::Lines;
use crate::convention;
use crate::host::{self, Host, Job, Launch};
use crate::model::{
    Binds, Capsule, Convention, Interpreter, Looked, Observation, Problem, Produces, Protocol, Spot, StepEnd, Target,
    TargetFacts,
};

pub use lines::locate_module;
pub use trace::{feed, trace};

/// What the worker's `interpreter.py` prints.
#[derive(PartialEq, Deserialize)]
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
    starts_with: Value,
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
            Ok(printed) => {
                let program = direct(program, &printed, worker, scratch);
                found.push((interpreter(asked, program, &printed), printed.shared));
            }
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

/// The interpreter itself where `program` merely starts it, as the scripts of version managers do, which cost several
/// times what the interpreter takes to start; `program` where it sets anything up.
fn direct(program: PathBuf, printed: &Printed, worker: &Path, scratch: &Path) -> PathBuf {
    let is_itself =
        program.canonicalize().is_ok_and(|it| printed.executable.canonicalize().is_ok_and(|that| it == that));
    if is_itself || !printed.executable.is_absolute() {
        return program;
    }
    match look(&printed.executable, worker, scratch) {
        Ok(again) if again == *printed => printed.executable.clone(),
        _ => program,
    }
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

/// Imports the target in a process of its own and lists the capsules it makes, and those that the manifest declares.
pub fn target(
    target: &Target,
    interpreter: &Interpreter,
    launch: &Launch,
    timeout: Duration,
    conventions: &[Convention],
) -> TargetFacts {
    let module = target.module.clone().unwrap_or_default();
    let mut facts =
        TargetFacts { module: module.clone(), interpreter: interpreter.id.clone(), ..TargetFacts::default() };
    let job = Job {
        op: "inventory",
        fresh: true,
        timeout,
        preload: target.preload.clone(),
        module: Some(module.clone()),
        methods: conventions.iter().flat_map(|it| &it.methods).map(|it| convention::method(it).to_owned()).collect(),
        declared: target.produces.iter().filter_map(|it| it.attribute.clone()).collect(),
        consumed: target.consumes.iter().filter_map(|it| it.capsule.clone()).collect(),
        factories: target.produces.iter().filter_map(|it| it.factory.clone()).collect(),
        named: target.named_modules(),
        expressions: target.expressions(),
        ..Job::default()
    };
    let seen = match Host::start(launch, timeout).and_then(|mut host| host.run(&job)) {
        Ok(seen) => seen,
        Err(error) => {
            facts.looked = Looked::Failed(error.to_string());
            return facts;
        }
    };
    let mut lines = Lines::new();
    for event in &seen.events {
        let text = |key: &str| event.fields.get(key).and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
        match event.kind.as_str() {
            "capsule" => {
                if let Some(found) = capsule(&event.fields, target, &module, conventions) {
                    let line = ends(&event.fields).and_then(|(file, at)| lines.line(&file, at));
                    let names = found.aliases.iter().chain([&found.path]).cloned().collect();
                    facts.lines.extend(line.map(|line| (Binds::Producer, names, line)));
                    facts.produces.push(found);
                }
            }
            "protocol" => {
                facts.protocols.push(Protocol { path: text("path"), methods: texts(&event.fields, "methods") });
            }
            "target" => facts.version = event.fields.get("version").and_then(Value::as_str).map(str::to_owned),
            "consumed" => facts.consumed.extend([(text("path"), texts(&event.fields, "aliases"))]),
            "unreachable" => facts.unreachable.push((text("path"), text("message"))),
            "imported" => facts.imported = texts(&event.fields, "modules"),
            "not_python" => facts.not_python.push((text("expression"), text("message"))),
            _ => {}
        }
    }
    facts.produces.sort_by(|a, b| a.path.cmp(&b.path));
    facts.protocols.sort_by(|a, b| a.path.cmp(&b.path));
    facts.looked = looked(seen);
    facts
}

fn looked(seen: Observation) -> Looked {
    let imported = seen.steps.iter().any(|fact| fact.label == "import" && matches!(fact.end, StepEnd::Returned(_)));
    if !imported {
        Looked::ImportFailed(Box::new(seen))
    } else if seen.end == "returned" {
        Looked::Whole
    } else {
        let output = seen.output.trim_end().lines().last().map(|line| format!(": {line}")).unwrap_or_default();
        Looked::Failed(format!("the look at its capsules ended with {}{output}", seen.end))
    }
}

/// One record per object: its path is the one its name says, else the shortest, then the first in order.
fn capsule(fields: &Map<String, Value>, target: &Target, module: &str, conventions: &[Convention]) -> Option<Capsule> {
    let (mut places, declared) = (places(fields), texts(fields, "declared"));
    let top = module.split('.').next().unwrap_or(module);
    // The worker tells of the interpreter's dictionary only what came with the target.
    let own = |place: &Spot| place.how == "interpreter" || place.path.split(['.', '[']).next() == Some(top);
    let is_declared = |it: &&Produces| it.attribute.iter().chain(&it.factory).any(|place| declared.contains(place));
    let index = target.produces.iter().position(|it| is_declared(&it));
    let entry = index.map(|index| &target.produces[index]);
    if entry.is_none() && !places.iter().any(own) {
        return None;
    }
    let name = fields.get("name").and_then(Value::as_str).map(crate::embedded::unhex);
    let said = name.as_deref().map(String::from_utf8_lossy);
    places.sort_by_key(|it| (Some(it.path.as_str()) != said.as_deref(), !own(it), it.path.len(), it.path.clone()));
    let classified = || convention::classify(conventions, &places, name.as_deref());
    let convention = entry.and_then(|it| it.convention.clone()).unwrap_or_else(classified);
    let agreed = entry.filter(|it| it.agrees()).map(Produces::agreed_name);
    let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or_default();
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    let (destructor, context) = (flag("destructor"), flag("context"));
    let (name_in, payload_in) = (text("name_in"), text("payload_in"));
    let mut places = places.into_iter();
    let Spot { path, how } = places.next()?;
    Some(Capsule {
        path,
        aliases: places.map(|it| it.path).collect(),
        name,
        convention,
        how,
        destructor,
        context,
        name_in,
        payload_in,
        entry: index,
        agreed,
    })
}

/// Where the destructor is: the file, and the place in it.
fn ends(fields: &Map<String, Value>) -> Option<(String, u64)> {
    let ends = fields.get("ends")?;
    Some((ends.get("file")?.as_str()?.to_owned(), ends.get("at")?.as_u64()?))
}

fn places(fields: &Map<String, Value>) -> Vec<Spot> {
    let items = fields.get("places").and_then(Value::as_array).into_iter().flatten();
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    items.filter_map(|it| Some(Spot { path: text(it, "path")?, how: text(it, "how")? })).collect()
}

fn texts(fields: &Map<String, Value>, key: &str) -> Vec<String> {
    let items = fields.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}
