//! Runs the program on modules of somebody else: what each does wrong is told, and nothing is told of its clean twin.

#[path = "targets/baseline.rs"]
mod baseline;
#[path = "targets/factories.rs"]
mod factories;
#[path = "targets/imports.rs"]
mod imports;
#[path = "targets/producers.rs"]
mod producers;
mod support;
#[path = "targets/wheels.rs"]
mod wheels;

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
    let failed: Vec<(&str, &str)> =
        failed.filter_map(|it| Some((it["subject"].as_str()?, it["row"].as_str()?))).collect();
    assert!(
        failed.iter().all(|(subject, _)| *subject == "quotes_the_found_name.take_quoting({capsule})"),
        "{failed:?}"
    );
    // All but the capsule that has a name of its own.
    assert!(failed.iter().all(|(_, row)| *row != "misnamed"), "{failed:?}");
    assert_eq!(failed.len(), 12, "{failed:?}");
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

#[test]
fn a_key_that_holds_an_address_is_the_same_in_every_process() {
    let run = run("keeps_it_by_address", &["--case", "names::*"]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    let path = run.report["targets"][0]["produces"][0]["path"].as_str().expect("a capsule");
    assert!(path.starts_with("<interpreter>['__internals_v11_<keeps_it_by_address"), "{path}");
}
