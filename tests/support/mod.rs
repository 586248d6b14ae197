//! Shared by the test harnesses: the suite as it is, a request for its fixture matrix, and an interpreter to plan over.
#![allow(dead_code, unreachable_pub, reason = "each harness takes what it needs")]

pub mod extension;

use std::path::{Path, PathBuf};
use std::process::Command;

use capsule_conformance::build::Cache;
use capsule_conformance::model::{Catalogue, Facts, Interpreter};
use capsule_conformance::run::Request;
use capsule_conformance::{catalogue, embedded};

/// The suite; a suite that does not load is told by `suite_data`, too.
pub fn suite() -> Catalogue {
    catalogue::load(embedded::FILES.iter().copied()).unwrap_or_else(|error| panic!("{error}"))
}

/// Kept between test runs and shared by all test programs, so that a warm run compiles no fixture.
pub fn cache_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The program in a folder, with that cache; more arguments may follow.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"));
    command.current_dir(folder).args(arguments).arg("--cache").arg(cache_folder()).env_remove("VIRTUAL_ENV");
    command
}

/// A run of the suite's own fixtures under the default interpreter.
pub fn fixture_request() -> Request {
    Request { confirm: true, ..Request::new(Cache { root: cache_folder() }) }
}

/// Facts to list pairings by without starting anything: which ones apply is decided when they run.
pub fn pretended_facts() -> Facts {
    let interpreter = Interpreter {
        id: "pretended".to_owned(),
        asked: None,
        program: PathBuf::new(),
        implementation: "CPython".to_owned(),
        version: String::new(),
        numbers: Vec::new(),
        debug: false,
        free_threaded: false,
        loads_abi3: true,
        includes: Vec::new(),
        suffix: String::new(),
        identity: String::new(),
    };
    Facts { interpreters: vec![interpreter], ..Facts::default() }
}

/// A pairing's id without the interpreter: the same on every one.
pub fn trial_name(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    [&parts[..3], &parts[4..]].concat().join("/")
}

/// Steps of the world as the worker reads them.
pub fn steps(list: &serde_json::Value) -> Vec<capsule_conformance::model::Step> {
    let step = |it: &serde_json::Value| capsule_conformance::model::Step {
        label: it["as"].as_str().unwrap_or_default().to_owned(),
        verb: it["do"].as_str().unwrap_or_default().to_owned(),
        by: None,
        args: it["args"].as_object().cloned().unwrap_or_default(),
        phase: capsule_conformance::model::Phase::Import,
        thread: None,
        handling: None,
        condition: None,
        unless: None,
    };
    list.as_array().into_iter().flatten().map(step).collect()
}

/// The manifest that the header of a C fixture amounts to; `source` is below `c_fixtures`.
pub fn manifest_of(source: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("c_fixtures").join(source);
    let text = std::fs::read_to_string(file).expect("a fixture");
    let header: String = text.lines().filter_map(|line| line.strip_prefix("//!")).map(|it| format!("{it}\n")).collect();
    let header: toml::Table = header.parse().expect("a header is TOML");
    let mut target = toml::Table::new();
    target.extend(header.get("exercise").map(|it| ("exercise".to_owned(), it.clone())));
    let mut manifest = toml::Table::new();
    manifest.insert("target".to_owned(), target.into());
    let lists = ["produces", "consumes"].iter().filter_map(|key| Some(((*key).to_owned(), header.get(*key)?.clone())));
    manifest.extend(lists);
    manifest.to_string()
}
