//! Watches modules of somebody else through the program: every way a call can leave an object is seen, with its caller.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use capsule_conformance::build::{self, Cache, Wanted};
use capsule_conformance::host::{Host, Job, Launch};
use capsule_conformance::inspect;
use capsule_conformance::model::{Build, Observation, Participant, StepEnd};
use serde_json::{Value, json};
use support::extension;
use tempfile::TempDir;

const TABLE: &str = "datetime.datetime_CAPI";

/// What the program says of a module, for people and for programs.
struct Seen {
    code: i32,
    text: String,
    trace: Value,
}

fn trace(folder: &Path, module: &str, options: &[&str]) -> Seen {
    let arguments = ["trace", "--target", module, "--path", ".", "--format", "text", "--format", "json=trace.json"];
    let output = support::program(folder, &arguments).args(options).output().expect("the program starts");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = fs::read(folder.join("trace.json")).unwrap_or_else(|error| panic!("{error}: {complaint}"));
    let mut json: Value = serde_json::from_slice(&json).expect("JSON");
    Seen {
        code: output.status.code().unwrap_or_else(|| panic!("{complaint}")),
        text: String::from_utf8_lossy(&output.stdout).into_owned() + &complaint,
        trace: json["traces"][0].take(),
    }
}

impl Seen {
    /// The calls by which anything of this name took a capsule, as `path via times`.
    fn taken(&self, by: &str) -> Vec<String> {
        let taken = self.trace["taken"].as_array().expect("taken").iter();
        let own = taken.filter(|it| it["by"]["module"] == by || it["by"]["object"] == by);
        own.map(|it| {
            let path = it["place"]["path"].as_str().unwrap_or("-");
            format!("{path} {} {}", it["via"].as_str().unwrap_or_default(), it["times"])
        })
        .collect()
    }
}

/// A folder with one sample in it, linked as the options say.
fn sample(python: &str, stem: &str, options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build_with(python, stem, stem, folder.path(), options);
    folder
}

/// Imports and takes are seen, however the linker was told to bind them.
#[track_caller]
fn check_taking(python: &str, options: &[&str]) {
    let module = "takes_a_capsule";
    let folder = sample(python, module, options);
    let call = format!("[{module}.read(datetime.datetime_CAPI), {module}.misread(datetime.datetime_CAPI)]");
    let manifest = format!("[target]\npreload = [\"datetime\"]\nexercise = \"{call}\"\n");
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    let seen = trace(folder.path(), module, &["--python", python, "--config", "m.toml"]);
    assert_eq!(seen.code, 0, "{}", seen.text);
    let expected = [format!("{TABLE} PyCapsule_GetPointer 1"), format!("{TABLE} PyCapsule_Import 1")];
    assert_eq!(seen.taken(module), expected, "{}", seen.text);
    let failed = json!([{"by": {"object": format!("{module}.so"), "module": module, "loaded_for": module},
        "function": "PyCapsule_GetPointer", "name": "nobody.knows", "error": "ValueError", "times": 1}]);
    assert_eq!(seen.trace["failed"], failed);
    let line = format!("{module} PyCapsule_GetPointer \"nobody.knows\": ValueError");
    assert!(seen.text.contains(&line), "{}", seen.text);
}

#[test]
fn lazily_bound_calls_are_seen() {
    check_taking("python3", &["-O2", "-Wl,-z,lazy"]);
}

#[test]
fn calls_bound_before_their_page_was_made_read_only_are_seen() {
    check_taking("python3", &["-O2", "-Wl,-z,now,-z,relro"]);
}

#[test]
fn calls_through_a_pointer_that_the_linker_filled_in_are_seen() {
    check_taking("python3", &["-O2", "-fno-plt"]);
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a machine without such an interpreter should not look as if it had been tried"
)]
fn calls_to_an_interpreter_without_a_shared_library_are_seen() {
    let python = "/usr/bin/python3";
    let ask = "import os, sysconfig; headers = os.path.join(sysconfig.get_path('include'), 'Python.h'); \
               print('libpython' not in open('/proc/self/maps').read() and os.path.exists(headers))";
    let answer = Command::new(python).args(["-c", ask]).output();
    if answer.is_ok_and(|it| it.stdout == b"True\n") {
        check_taking(python, &["-O2"]);
        let seen = trace(tempfile::tempdir().expect("a folder").path(), "_thread", &["--python", python]);
        let told = seen.text.contains("it is built into the interpreter");
        assert_eq!((seen.code, told), (3, true), "{}", seen.text);
    } else {
        eprintln!("{python} is not there, is no such interpreter, or has no headers: nothing was looked at");
    }
}

/// Builds the library that takes a capsule for others, and a module that has it found beside itself.
fn with_library(stem: &str, options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build_with("python3", "takes_for_others", "libtakes_for_others", folder.path(), &[]);
    let search = format!("-L{}", folder.path().display());
    let options: Vec<&str> = ["-Wl,-rpath,$ORIGIN", search.as_str()].iter().chain(options).copied().collect();
    extension::build_with("python3", stem, stem, folder.path(), &options);
    folder
}

#[test]
fn calls_of_a_library_that_a_module_is_linked_with_are_seen() {
    let folder = with_library("asks_a_library", &["-Wl,--no-as-needed", "-ltakes_for_others"]);
    let seen = trace(folder.path(), "asks_a_library", &[]);
    assert_eq!(seen.code, 0, "{}", seen.text);
    assert_eq!(seen.taken("libtakes_for_others.so"), [format!("{TABLE} PyCapsule_Import 1")], "{}", seen.text);
}

#[test]
fn a_library_opened_by_its_name_alone_is_found_and_seen() {
    let folder = with_library("opens_a_library", &[]);
    let seen = trace(folder.path(), "opens_a_library", &[]);
    assert_eq!(seen.code, 0, "{}", seen.text);
    assert_eq!(seen.taken("libtakes_for_others.so"), [format!("{TABLE} PyCapsule_Import 1")], "{}", seen.text);
}

#[test]
fn a_crash_ends_the_trace_and_keeps_what_was_seen() {
    let folder = sample("python3", "crashes_after_taking", &[]);
    let seen = trace(folder.path(), "crashes_after_taking", &[]);
    assert_eq!((seen.code, seen.trace["end"].as_str()), (1, Some("signal SIGSEGV")), "{}", seen.text);
    assert_eq!(seen.taken("crashes_after_taking"), [format!("{TABLE} PyCapsule_Import 1")], "{}", seen.text);
    assert!(seen.text.contains("this is what was seen until then"), "{}", seen.text);
}

#[test]
fn a_module_that_cannot_be_imported_could_not_be_told() {
    let folder = sample("python3", "raises_when_imported", &[]);
    let seen = trace(folder.path(), "raises_when_imported", &[]);
    assert_eq!(seen.code, 3, "{}", seen.text);
    assert!(seen.text.contains("import raised RuntimeError: no license"), "{}", seen.text);
}

#[test]
fn a_module_without_capsules_is_told_in_a_line() {
    let folder = sample("python3", "makes_no_capsule", &[]);
    let seen = trace(folder.path(), "makes_no_capsule", &[]);
    assert_eq!(seen.code, 0, "{}", seen.text);
    let own = |key: &str| {
        seen.trace[key].as_array().is_some_and(|all| all.iter().any(|it| it["by"]["module"] == "makes_no_capsule"))
    };
    assert!(!own("made") && !own("taken"), "{}", seen.text);
}

/// A fixture's file for the default interpreter, and what it takes to run something beside it.
fn fixtures(wanted: &[(&str, Build)]) -> (Vec<PathBuf>, Launch, TempDir) {
    let scratch = tempfile::tempdir().expect("a folder");
    let cache = Cache { root: support::cache_folder() };
    let worker = cache.source().expect("unpacked").join("suite/worker");
    let (interpreters, problems) = inspect::interpreters(&[], &worker, scratch.path());
    assert!(problems.is_empty(), "{problems:?}");
    let participant = |(stem, build): &(&str, Build)| Participant::Fixture { stem: (*stem).to_owned(), build: *build };
    let participants: BTreeSet<_> = wanted.iter().map(|it| (0, participant(it))).collect();
    let request = Wanted { participants, interpreters: BTreeSet::from([0]) };
    let built = build::all(&request, &interpreters, &support::suite().fixtures, &cache, 2, &|_, _| {}).expect("built");
    let files = wanted.iter().map(|it| built.module(0, &participant(it)).expect("a module").to_owned()).collect();
    let launch = Launch {
        program: interpreters[0].program.clone(),
        worker,
        probe: built.probe(0).expect("a probe").to_owned(),
        path: Vec::new(),
        preload: Vec::new(),
        ahead: Vec::new(),
        env: std::collections::BTreeMap::new(),
        scratch: scratch.path().to_owned(),
    };
    (files, launch, scratch)
}

fn parent(file: &Path) -> PathBuf {
    file.parent().expect("in a folder").to_owned()
}

#[test]
fn calls_of_every_language_and_of_the_stable_abi_are_seen() {
    for build in [Build::RustPyo3, Build::RustFfi, Build::CAbi3] {
        let (files, ..) = fixtures(&[("eager_renderer", build), ("fast_math", Build::CMultiPhase)]);
        let folder = tempfile::tempdir().expect("a folder");
        let producer = parent(&files[1]).display().to_string();
        let consumer = parent(&files[0]).display().to_string();
        let seen = trace(folder.path(), "eager_renderer", &["--path", &consumer, "--path", &producer]);
        assert_eq!(seen.code, 0, "{}", seen.text);
        let import = "fast_math._C_API PyCapsule_Import 1".to_owned();
        assert!(seen.taken("eager_renderer").contains(&import), "{build:?}: {}", seen.text);
    }
}

/// Imports a sample that takes a table at import, with a fault in the n-th call.
fn import_with_fault(call: &Value) -> Observation {
    let (_, mut launch, _scratch) = fixtures(&[]);
    let folder = sample("python3", "takes_a_capsule", &[]);
    launch.path.push(folder.path().to_owned());
    let steps = json!([
        {"as": "fault", "do": "fault", "args": {"on": TABLE, "fault": "call_fails", "call": call}},
        {"as": "import", "do": "import", "args": {"module": "takes_a_capsule"}},
        {"as": "repair", "do": "repair", "args": {"on": TABLE}},
        {"as": "again", "do": "import", "args": {"module": "takes_a_capsule"}},
    ]);
    let steps = support::steps(&steps);
    let job = Job {
        op: "steps",
        fresh: true,
        timeout: capsule_conformance::run::DEFAULT_TIMEOUT,
        steps,
        finish: "leave",
        ..Job::default()
    };
    Host::start(&launch, job.timeout).and_then(|mut host| host.run(&job)).expect("an answer")
}

fn ends(seen: &Observation, label: &str) -> String {
    let step = seen.steps.iter().find(|step| step.label == label).map(|step| &step.end);
    match step {
        Some(StepEnd::Raised(raised)) => format!("{}: {}", raised.r#type, raised.message),
        Some(StepEnd::Returned(_)) => "returned".to_owned(),
        other => format!("{other:?} {}", seen.output),
    }
}

#[test]
fn a_call_can_be_made_to_fail_as_the_interpreter_would() {
    let name: String = TABLE.bytes().map(|byte| format!("{byte:02x}")).collect();
    for call in [
        json!({"function": "PyCapsule_Import", "nth": 1, "object": "takes_a_capsule.so", "name": name}),
        json!({"nth": 1, "name": name}),
    ] {
        let seen = import_with_fault(&call);
        let text = "AttributeError: PyCapsule_Import \"datetime.datetime_CAPI\" is not valid";
        assert_eq!((ends(&seen, "import").as_str(), ends(&seen, "again").as_str()), (text, "returned"));
        assert!(!seen.events.iter().any(|event| event.kind == "no_call"));
    }
}

#[test]
fn a_call_that_nobody_makes_is_told() {
    for call in [
        json!({"function": "PyCapsule_Import", "nth": 2}),
        json!({"function": "PyCapsule_Import", "nth": 1, "object": "another.so"}),
        json!({"function": "PyCapsule_Import", "nth": 1, "name": null}),
        json!({"nth": 2, "object": "takes_a_capsule.so"}),
    ] {
        let seen = import_with_fault(&call);
        assert_eq!(ends(&seen, "import"), "returned", "{call}");
        assert!(seen.events.iter().any(|event| event.kind == "no_call"), "{call}");
    }
}
