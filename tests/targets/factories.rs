//! Modules that make capsules on request: handles, tensors, tables.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::support::extension;
use super::{Run, run_built, run_in};

/// The manifest of a module that opens handles.
fn opener(module: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "[target]\nmodule = \"{module}\"\n[[produces]]\nfactory = \"{module}.open()\"\nname = \"opener.handle\"\n\
         releases = \"{module}.open_handles()\"\n"
    );
    fs::write(folder.path().join("capsule-conformance.toml"), text).expect("written");
    folder
}

#[test]
fn a_factory_that_does_everything_right_is_conformant() {
    let run = run_in(opener("opens_handles"), "opens_handles", &[]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let results = run.report["results"].as_array().expect("results");
    let passed = |family: &str| {
        results
            .iter()
            .filter(|it| it["verdict"] == "pass" && it["case"].as_str().unwrap_or("").starts_with(family))
            .count()
    };
    assert!(passed("destructor::") >= 18 && passed("names::") >= 4, "{}", run.text);
    assert_eq!(run.report["targets"][0]["produces"][0]["how"], "factory");
}

#[test]
fn a_capsule_without_a_destructor_is_no_finding() {
    let run = run_in(opener("opens_without_a_destructor"), "opens_without_a_destructor", &[]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
}

#[test]
fn what_a_factory_does_wrong_is_found() {
    for (module, finding) in [
        (
            "opens_and_never_closes",
            "destructor::producer_releases_what_it_opened fail returned something else from after",
        ),
        ("opens_and_leaves_an_error", "destructor::producer_destructor_leaves_no_error fail returned \"ValueError\""),
        ("opens_and_loses_the_error", "destructor::producer_destructor_keeps_a_pending_error fail returned \"none\""),
        ("opens_and_frees_the_name", "destructor::producer_frees_only_its_own_name fail signal SIGABRT during drop"),
        ("opens_and_crashes_at_exit", "destructor::producer_survives_interpreter_exit fail signal"),
        ("opens_and_grows", "destructor::producer_rounds_grow_nothing fail returned more than 500"),
        ("opens_with_a_passing_name", "names::producer_keeps_the_name_of_a_capsule fail"),
    ] {
        run_in(opener(module), module, &[]).ends_with(1, finding);
    }
}

/// How often a module was imported that a factory imports when it is called, and how many pairings passed.
fn imports_by_a_factory(content: &str) -> (usize, usize) {
    let folder = opener("opens_handles");
    let (manifest, notes) = (folder.path().join("capsule-conformance.toml"), folder.path().join("notes"));
    let text = fs::read_to_string(&manifest).expect("just written");
    let late = text.replace("opens_handles.open()", "(__import__('late'), opens_handles.open())[1]");
    fs::write(&manifest, late).expect("written");
    let late = format!("open('{}', 'a').write('.')\n{content}\n", notes.display());
    fs::write(folder.path().join("late.py"), late).expect("written");
    let run = run_in(folder, "opens_handles", &["--case", "destructor::*"]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let passed = run.report["summary"]["pass"].as_u64().and_then(|it| it.try_into().ok());
    (fs::read(notes).expect("notes").len(), passed.expect("a number"))
}

#[test]
fn what_a_factory_imports_is_imported_ahead_of_the_forks() {
    // A name that leads to no file is nothing to import.
    let (imports, passed) = imports_by_a_factory("import sys\nsys.modules['in_no_file'] = sys");
    assert!(imports < passed / 2, "{imports} imports for {passed} pairings");
}

#[test]
fn what_starts_a_thread_is_left_to_each_fork() {
    let starts = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()";
    let (imports, passed) = imports_by_a_factory(starts);
    assert!(imports > passed / 2, "{imports} imports for {passed} pairings");
}

#[test]
fn a_slow_factory_is_asked_as_often_as_there_is_time_for() {
    let run = |factory: &str| {
        let folder = opener("opens_slowly");
        let manifest = folder.path().join("capsule-conformance.toml");
        let text = fs::read_to_string(&manifest).expect("just written").replace("open()", &format!("{factory}()"));
        fs::write(&manifest, text).expect("written");
        run_in(folder, "opens_slowly", &["--case", "destructor::producer_rounds_grow_nothing", "--timeout", "10"])
    };
    let patient = run("open_slowly");
    assert_eq!((patient.code, patient.findings()), (0, Vec::new()), "{}", patient.text);
    run("open_and_keep").ends_with(1, "destructor::producer_rounds_grow_nothing fail returned more than 500");
}

#[test]
fn a_factory_that_makes_no_capsule_is_not_overlooked() {
    let folder = opener("opens_handles");
    let manifest = folder.path().join("capsule-conformance.toml");
    let text = fs::read_to_string(&manifest).expect("just written").replace(".open()", ".open_handles()");
    fs::write(&manifest, text).expect("written");
    let run = run_in(folder, "opens_handles", &[]);
    assert_eq!(run.code, 3, "{}", run.text);
    assert!(run.text.contains("it makes an object of type int"), "{}", run.text);
}

/// Runs the program on a fixture as if it were somebody's module that exports tensors and tables.
fn run_exporter(source: &str, exports: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let module = Path::new(source).file_stem().and_then(|stem| stem.to_str()).expect("a C file");
    extension::build_fixture(source, module, folder.path());
    let entry =
        |(verb, name): &(&str, &str)| format!("[[produces]]\nfactory = \"{module}.{verb}()\"\nname = \"{name}\"\n");
    let text = format!("[target]\n{}", exports.iter().map(entry).collect::<String>());
    fs::write(folder.path().join("capsule-conformance.toml"), text).expect("written");
    run_built(folder, module, &[])
}

const TENSORS: [(&str, &str); 2] = [("tensor", "dltensor"), ("versioned_tensor", "dltensor_versioned")];
const TABLES: [(&str, &str); 3] =
    [("schema", "arrow_schema"), ("array", "arrow_array"), ("stream", "arrow_array_stream")];

#[test]
fn an_exporter_of_tensors_and_tables_is_conformant() {
    let run = run_exporter("exporter.c", &[TENSORS.as_slice(), &TABLES].concat());
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let results = run.report["results"].as_array().expect("results");
    let asked =
        |family: &str| results.iter().filter(|it| it["case"].as_str().unwrap_or("").starts_with(family)).count();
    assert!(asked("protocols::") >= 26 && asked("destructor::") >= 90, "{}", run.text);
}

#[test]
fn what_an_exporter_does_wrong_is_found() {
    for (source, exports, finding) in [
        ("defects/gives_back_what_was_taken.c", &TENSORS[..], "protocols::producer_leaves_alone_what_was_taken fail"),
        ("defects/forgets_what_nobody_took.c", &TENSORS, "protocols::producer_gives_back_what_nobody_took fail"),
        ("defects/forgets_what_nobody_took.c", &TABLES, "protocols::producer_gives_back_what_nobody_took fail"),
        (
            "defects/reports_a_foreign_tensor.c",
            &TENSORS,
            "destructor::producer_survives_a_foreign_name fail signal SIGSEGV",
        ),
        ("defects/leaves_its_release_set.c", &TABLES, "protocols::release_clears_itself fail"),
    ] {
        run_exporter(source, exports).ends_with(1, finding);
    }
}
