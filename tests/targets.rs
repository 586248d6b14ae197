//! Runs the program on modules of somebody else: what each does wrong is told, and nothing is told of its clean twin.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::extension;
use tempfile::TempDir;

/// One run on one module of `tests/targets`.
struct Run {
    code: i32,
    text: String,
    report: Value,
    took: Duration,
    folder: TempDir,
}

/// Builds the module and runs the program on it, as a user would from a folder of theirs.
fn run(module: &str, options: &[&str]) -> Run {
    run_in(tempfile::tempdir().expect("a folder"), module, options)
}

fn run_in(folder: TempDir, module: &str, options: &[&str]) -> Run {
    extension::build(module, folder.path());
    run_built(folder, module, options)
}

fn run_built(folder: TempDir, module: &str, options: &[&str]) -> Run {
    let begun = Instant::now();
    let output = program(folder.path())
        .args(["--target", module, "--path", ".", "--format", "text", "--format", "json=report.json"])
        .args(options)
        .output()
        .expect("the program starts");
    let took = begun.elapsed();
    let report = fs::read(folder.path().join("report.json")).expect("a report, whatever the outcome");
    let report = serde_json::from_slice(&report).expect("JSON");
    Run { code: code(&output), text: String::from_utf8_lossy(&output.stdout).into_owned(), report, took, folder }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"));
    command.current_dir(folder).arg("--cache").arg(support::cache_folder()).env_remove("VIRTUAL_ENV");
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

impl Run {
    /// The results that are not passes, as `case verdict observed`.
    fn findings(&self) -> Vec<String> {
        let word = |result: &Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
        let results = self.report["results"].as_array().expect("results");
        let found =
            results.iter().filter(|it| !["pass", "not_applicable"].contains(&it["verdict"].as_str().unwrap_or("")));
        let mut lines: Vec<String> =
            found.map(|it| format!("{} {} {}", word(it, "case"), word(it, "verdict"), word(it, "observed"))).collect();
        lines.sort();
        lines.dedup();
        lines
    }

    #[track_caller]
    fn ends_with(&self, code: i32, finding: &str) {
        assert_eq!(self.code, code, "{}", self.text);
        let findings = self.findings();
        assert!(findings.iter().any(|it| it.starts_with(finding)), "{findings:#?}\n{}", self.text);
    }
}

#[test]
fn a_clean_module_is_conformant() {
    let run = run("clean_target", &[]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let consumers = run.report["results"].as_array().expect("results").iter().filter_map(|it| it["consumer"].as_str());
    let paired: std::collections::BTreeSet<&str> =
        consumers.filter_map(|it| it.split_once('@')).map(|it| it.1).collect();
    assert_eq!(
        paired.into_iter().collect::<Vec<_>>(),
        ["c_abi3", "c_multi_phase", "c_single_phase", "rust_ffi", "rust_pyo3"]
    );
}

#[test]
fn a_name_that_leads_nowhere_is_found() {
    let run = run("misnames_its_capsule", &[]);
    run.ends_with(1, "names::attribute_capsule_is_importable fail ImportError");
}

#[test]
fn the_printed_rerun_repeats_the_finding() {
    let run = run("misnames_its_capsule", &[]);
    let line = run.text.lines().find_map(|line| line.trim().strip_prefix("rerun")).expect("a rerun line").trim();
    let folder = Path::new(env!("CARGO_BIN_EXE_capsule-conformance")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let shell = format!("{line} --cache '{}'", support::cache_folder().display());
    let output = Command::new("sh").args(["-c", &shell]).current_dir(run.folder.path()).env("PATH", path).output();
    let output = output.expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(code(&output), 1, "{text}");
    assert!(text.contains("1 pairing "), "{text}");
}

#[test]
fn a_crash_while_the_interpreter_shuts_down_is_found() {
    run("crashes_at_exit", &[])
        .ends_with(1, "import_chain::plain_import fail signal SIGSEGV during interpreter shutdown");
}

#[test]
fn a_manifest_may_say_that_the_end_does_not_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("capsule-conformance.toml"), "[target]\nat_exit = \"any\"\n").expect("written");
    let run = run_in(folder, "crashes_at_exit", &["--config", "capsule-conformance.toml"]);
    assert_eq!(run.code, 0, "{}", run.text);
}

#[test]
fn a_hang_is_found_within_the_deadline() {
    let run = run("hangs_when_imported", &["--timeout", "3"]);
    run.ends_with(1, "import_chain::plain_import fail timeout during import");
    assert!(run.took < Duration::from_mins(1), "{:?}", run.took);
}

#[test]
fn a_process_that_leaves_without_a_word_did_not_pass() {
    run("leaves_when_imported", &[]).ends_with(1, "import_chain::plain_import fail silent exit 0 during import");
}

#[test]
fn a_crash_during_the_import_is_found() {
    run("crashes_when_imported", &[]).ends_with(1, "import_chain::plain_import fail signal SIGSEGV during import");
}

#[test]
fn an_exception_that_is_no_exception_is_found() {
    run("quits_when_imported", &[]).ends_with(1, "import_chain::plain_import fail exit 0: SystemExit from import");
}

#[test]
fn an_import_that_raises_could_not_be_told() {
    let run = run("raises_when_imported", &[]);
    run.ends_with(3, "import_chain::plain_import error RuntimeError: no license for this machine");
    assert_eq!(run.report["results"].as_array().map(Vec::len), Some(1), "nothing else is planned");
}

#[test]
fn a_kill_from_outside_could_not_be_told() {
    run("is_killed_from_outside", &[]).ends_with(3, "import_chain::plain_import error");
}

#[test]
fn a_module_that_closes_every_file_could_not_be_told() {
    run("closes_every_file", &[]).ends_with(3, "import_chain::plain_import error");
}

#[test]
fn a_module_without_capsules_could_not_be_told() {
    let run = run("makes_no_capsule", &[]);
    assert_eq!((run.code, run.findings()), (3, Vec::new()), "{}", run.text);
    assert!(run.text.contains("no capsule found or declared"), "{}", run.text);
}

#[test]
fn fifty_megabytes_of_answers_on_stdout_change_no_verdict() {
    let run = run("talks_a_lot", &[]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
}

#[test]
fn a_daemon_does_not_outlive_the_run() {
    let notes = tempfile::NamedTempFile::new().expect("a file");
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = format!("[target.env]\nDAEMON_FILE = '{}'\n", notes.path().display());
    fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
    let run = run_in(folder, "leaves_a_daemon", &["--config", "capsule-conformance.toml"]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let noted = fs::read_to_string(notes.path()).expect("notes");
    assert!(noted.lines().count() > 0, "no daemon was started, so this test says nothing");
    for process in noted.lines() {
        assert!(!Path::new("/proc").join(process).exists(), "process {process} is still there");
    }
}

#[test]
fn a_declared_capsule_is_checked_against_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[[produces]]\nattribute = \"clean_target._C_API\"\nname = \"clean_target.other\"\n";
    fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
    let run = run_in(folder, "clean_target", &["--config", "capsule-conformance.toml"]);
    run.ends_with(1, "names::declared_name_is_the_one_found fail returned the bytes \"clean_target._C_API\"");
}

#[test]
fn a_declared_capsule_that_is_not_there_could_not_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[[produces]]\nattribute = \"clean_target.nothing\"\n";
    fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
    let run = run_in(folder, "clean_target", &["--config", "capsule-conformance.toml"]);
    assert_eq!(run.code, 3, "{}", run.text);
    assert!(run.text.contains("declares a capsule at clean_target.nothing"), "{}", run.text);
}

/// A run on the module that imports a capsule of the standard library, by the function that does it in this way.
fn run_importing(way: &str) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let call = format!("imports_datetime.{way}()");
    let manifest = format!(
        "[target]\nexercise = \"{call}\"\n[[consumes]]\ncapsule = \"datetime.datetime_CAPI\"\ntrigger = \"{call}\"\n"
    );
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    run_in(folder, "imports_datetime", &["--config", "m.toml", "--case", "import_chain::*"])
}

#[test]
fn a_capsule_that_is_taken_at_import_needs_no_manifest() {
    let run = run("takes_a_capsule", &["--case", "import_chain::*"]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let taken = serde_json::json!([{"path": "datetime.datetime_CAPI", "name": "datetime.datetime_CAPI",
        "by": "takes_a_capsule", "via": "PyCapsule_Import"}]);
    assert_eq!(run.report["targets"][0]["consumes"], taken);
    assert_eq!(faults(&run).count(), 12);
    assert!(run.text.contains("takes_a_capsule on cpython"), "{}", run.text);
}

#[test]
fn a_crash_without_a_capsule_that_no_manifest_speaks_of_is_found() {
    let run = run("takes_without_looking", &["--case", "import_chain::*"]);
    run.ends_with(1, "import_chain::consumer_survives fail signal SIGSEGV during trigger");
}

#[test]
fn to_have_no_name_is_no_fault_where_that_was_agreed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[[consumes]]\ncapsule = \"datetime.datetime_CAPI\"\nunnamed = true\n";
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    let run = run_in(folder, "takes_a_capsule", &["--config", "m.toml", "--case", "import_chain::consumer_survives"]);
    let results = run.report["results"].as_array().expect("results").iter();
    let left_out: Vec<&str> =
        results.filter(|it| it["verdict"] == "not_applicable").filter_map(|it| it["row"].as_str()).collect();
    assert_eq!((run.code, left_out), (0, vec!["unnamed"]), "{}", run.text);
}

/// The faults that a run placed.
fn faults(run: &Run) -> impl Iterator<Item = &str> {
    let results = run.report["results"].as_array().expect("results").iter();
    results.filter(|it| it["case"] == "import_chain::consumer_survives").filter_map(|it| it["row"].as_str())
}

#[test]
fn a_consumer_that_looks_at_what_it_imported_is_conformant() {
    let run = run_importing("careful");
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    assert_eq!(faults(&run).count(), 12);
}

#[test]
fn a_consumer_that_does_not_look_crashes_when_the_capsule_is_missing() {
    run_importing("careless").ends_with(1, "import_chain::consumer_survives fail signal SIGSEGV during trigger");
}

#[test]
fn an_exercise_that_fails_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("m.toml"), "[target]\nexercise = \"1 / 0\"\n").expect("written");
    let run = run_in(folder, "clean_target", &["--config", "m.toml"]);
    run.ends_with(1, "import_chain::plain_import fail ZeroDivisionError");
}

#[test]
fn an_expression_that_is_no_python_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build("clean_target", folder.path());
    fs::write(folder.path().join("m.toml"), "[target]\nexercise = \"render(\"\n").expect("written");
    let options = ["--target", "clean_target", "--path", ".", "--config", "m.toml"];
    let output = program(folder.path()).args(options).output().expect("the program starts");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 2, "{complaint}");
    assert!(complaint.contains("m.toml: `render(` is not a Python expression"), "{complaint}");
}

#[test]
fn a_call_that_crashes_on_a_wrong_argument_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let entry = |function: &str| {
        let call = format!("quotes_the_found_name.{function}({{capsule}})");
        format!("[[consumes]]\nname = \"mydb.handle\"\ncall = \"{call}\"\nfailure = [\"TypeError\"]\n")
    };
    let manifest = entry("take_checked") + &entry("take_quoting");
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    let run = run_in(folder, "quotes_the_found_name", &["--config", "m.toml", "--case", "null::call_*"]);
    run.ends_with(1, "null::call_refuses_what_is_no_capsule fail signal SIGSEGV during call");
    let failed = run.report["results"].as_array().expect("results").iter().filter(|it| it["verdict"] == "fail");
    let subjects: Vec<&str> = failed.filter_map(|it| it["subject"].as_str()).collect();
    // All but the capsule that has a name of its own.
    assert_eq!(subjects, ["quotes_the_found_name.take_quoting({capsule})"; 10]);
}

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
        ("defects/leaves_its_release_set.c", &TABLES, "protocols::release_clears_itself fail"),
    ] {
        run_exporter(source, exports).ends_with(1, finding);
    }
}

#[test]
fn a_table_is_checked_at_whichever_place_it_was_declared() {
    for place in ["_C_API", "an_alias", "tables['api']"] {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = "[produces.table]\nlayout = [\"ptr first\", \"ptr second\", \"i32 version\"]\n";
        let name = "name = \"keeps_its_table_twice._C_API\"";
        let manifest = format!("[[produces]]\nattribute = \"keeps_its_table_twice.{place}\"\n{name}\n{layout}");
        fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
        let run = run_in(folder, "keeps_its_table_twice", &["--case", "null::producer_fills_every_slot"]);
        run.ends_with(1, "null::producer_fills_every_slot fail");
    }
}

#[test]
fn what_a_manifest_says_a_module_takes_is_in_the_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[[consumes]]\ncapsule = \"datetime.datetime_CAPI\"\n\
                    [[consumes]]\nunnamed = true\ncall = \"str({capsule})\"\n";
    fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
    let run = run_in(folder, "clean_target", &["--case", "import_chain::plain_import"]);
    let consumes = &run.report["targets"][0]["consumes"];
    let wanted = serde_json::json!([
        { "path": "datetime.datetime_CAPI", "name": "datetime.datetime_CAPI", "by": "clean_target", "via": null },
        { "path": "str({capsule})", "name": null, "by": "clean_target", "via": null },
    ]);
    assert_eq!(consumes, &wanted, "{}", run.text);
}

/// Release 1 of a module, recorded, and then another release, held to the record.
fn run_release(release: u32) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[target]\n[[produces]]\nattribute = \"released._C_API\"\n[produces.table]\nversion = \"version\"\n\
                    layout = [\"i32 version\", \"ptr first\", \"ptr second\"]\ncurrent = 2\n";
    fs::write(folder.path().join("first.toml"), manifest).expect("written");
    extension::build_release(1, folder.path());
    let record = |file: &str| {
        let arguments = ["baseline", "--target", "released", "--path", ".", "--config", "first.toml", "--write", file];
        let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
            .args(arguments)
            .arg("--cache")
            .arg(support::cache_folder())
            .current_dir(folder.path())
            .env_remove("VIRTUAL_ENV")
            .output()
            .expect("the program starts");
        assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join(file)).expect("a baseline")
    };
    assert_eq!(record("baseline.json"), record("again.json"));
    extension::build_release(release, folder.path());
    // The manifest of the release that is recorded says nothing of the next one.
    run_built(folder, "released", &["--baseline", "baseline.json"])
}

#[test]
fn a_release_that_only_adds_keeps_its_promises() {
    for release in [1, 2] {
        let run = run_release(release);
        let broken: Vec<String> = run.findings().into_iter().filter(|it| !it.contains(" info ")).collect();
        assert_eq!((run.code, broken), (0, Vec::new()), "{}", run.text);
        let results = run.report["results"].as_array().expect("results");
        let held = results.iter().filter(|it| it["case"].as_str().unwrap_or("").contains("::baseline_")).count();
        assert_eq!(held, 6, "{}", run.text);
    }
}

#[test]
fn what_a_release_breaks_is_found() {
    for (release, finding) in [
        (3, "names::baseline_capsule_is_still_there fail AttributeError"),
        (4, "names::baseline_name_is_unchanged fail returned false"),
        (5, "version::baseline_slots_are_still_filled fail returned [16]"),
        (6, "version::baseline_version_does_not_go_back fail returned true"),
    ] {
        let run = run_release(release);
        run.ends_with(1, finding);
        assert!(run.text.contains("--baseline baseline.json"), "{}", run.text);
    }
}

/// A wheel with one extension module, for interpreters of this tag.
fn wheel(folder: &Path, tag: &str) -> String {
    extension::build("clean_target", folder);
    let file = format!("clean_target-1.0-{tag}.whl");
    let make = format!(
        "import zipfile; wheel = zipfile.ZipFile('{file}', 'w'); info = 'clean_target-1.0.dist-info/'; \
         wheel.write('clean_target.so'); wheel.writestr('readme.so', 'no module'); \
         wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: clean_target\\nVersion: 1.0\\n'); \
         wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: {tag}\\n'); \
         wheel.writestr(info + 'RECORD', ''.join(name + ',,\\n' for name in wheel.namelist() + [info + 'RECORD'])); \
         wheel.close()"
    );
    let status = Command::new("python3").args(["-c", &make]).current_dir(folder).status();
    assert!(status.expect("python3 is there").success());
    fs::remove_file(folder.join("clean_target.so")).expect("it is in the wheel now");
    file
}

#[test]
fn the_modules_of_a_wheel_are_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = wheel(folder.path(), "py3-none-any");
    let output = program(folder.path()).args(["--wheel", &file, "--format", "json"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 0, "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let modules: Vec<&str> =
        report["targets"].as_array().expect("targets").iter().filter_map(|it| it["module"].as_str()).collect();
    assert_eq!(modules, ["clean_target"], "what has no init function is no module");
    assert!(report["results"][0]["rerun"].as_str().is_some_and(|it| it.contains(&format!("--wheel {file}"))));
}

#[test]
fn a_wheel_that_is_none_is_wrong_usage_and_one_for_somebody_else_could_not_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.whl"), "no archive").expect("written");
    let foreign = wheel(folder.path(), "cp27-cp27m-win32");
    for (file, wanted, message) in [
        ("a.whl", 2, "a.whl: is not a wheel"),
        ("nowhere.whl", 2, "nowhere.whl: is not a wheel"),
        (&foreign, 3, "name an interpreter that the wheel is made for"),
    ] {
        let output = program(folder.path()).args(["--wheel", file]).output().expect("it starts");
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(code(&output), wanted, "{said}");
        assert!(said.contains(message), "{said}");
    }
}
