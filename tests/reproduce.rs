//! Runs the programs that `--reproduce` writes: each shows its finding with nothing of the suite's, and nothing on a module
//! that is right.

mod support;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::extension;

/// What a run found, and the folder with what it wrote.
struct Run {
    folder: tempfile::TempDir,
    findings: Vec<Value>,
    said: String,
}

/// Runs the program on what lies in a folder.
fn run(folder: tempfile::TempDir, module: &str, manifest: &str, options: &[&str]) -> Run {
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    let arguments = ["--target", module, "--path", ".", "--config", "m.toml", "--reproduce", "out"];
    let mut command = support::program(folder.path(), &arguments);
    let output = command.args(["--format", "json=report.json"]).args(options).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = fs::read(folder.path().join("report.json")).unwrap_or_else(|_| panic!("{said}"));
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let results = report["results"].as_array().expect("results").iter();
    Run { findings: results.filter(|it| it["verdict"] == "fail").cloned().collect(), folder, said }
}

fn python(folder: &Path, program: &Path) -> Output {
    let mut command = Command::new("python3");
    command.arg(program).arg(".").current_dir(folder).env("PYTHONFAULTHANDLER", "").env_remove("VIRTUAL_ENV");
    command.output().expect("python3 starts")
}

/// Whether a program ended as the finding says.
#[track_caller]
fn check_shown(observed: &str, output: &Output, program: &str) {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let shown = said.lines().find_map(|line| line.strip_prefix("shown: ")).unwrap_or_default();
    let first = |text: &str| text.split([':', ' ']).next().unwrap_or_default().to_owned();
    let is_shown = match observed.split(' ').collect::<Vec<_>>().as_slice() {
        ["signal", name, ..] => {
            let number = match name.trim_end_matches(':') {
                "SIGSEGV" => 11,
                "SIGABRT" => 6,
                other => panic!("{other}"),
            };
            output.status.signal() == Some(number)
        }
        ["silent", "exit", status, ..] => {
            output.status.code().map(|it| it.to_string()).as_deref() == Some(*status) && !said.contains("shown:")
        }
        _ => output.status.code() == Some(1) && first(shown) == first(observed),
    };
    assert!(is_shown, "{observed}\n{:?}\n{said}\n{complaint}\n{program}", output.status);
}

impl Run {
    /// Each finding is shown by its program, and by none where what is wrong is put right in it.
    #[track_caller]
    fn check(&self, wrong: &str, right: &str) {
        assert!(!self.findings.is_empty(), "{}", self.said);
        let programs = self.programs();
        assert_eq!(programs.len(), self.findings.len(), "{}", self.said);
        for program in programs {
            let text = fs::read_to_string(&program).expect("a program");
            let observed = text.lines().find_map(|line| line.strip_prefix("# seen      ")).expect("what was seen");
            assert!(!text.contains("capsule_probe") && !text.contains("capsule_worker"), "{text}");
            check_shown(observed, &python(self.folder.path(), &program), &text);
            fs::write(&program, text.replace(wrong, right)).expect("written");
            let twin = python(self.folder.path(), &program);
            let said = String::from_utf8_lossy(&twin.stdout);
            assert_eq!((twin.status.code(), said.lines().last()), (Some(0), Some("not shown")), "{twin:?}\n{text}");
        }
    }

    fn excuses(&self) -> Vec<String> {
        let folders = fs::read_dir(self.folder.path().join("out")).expect("a folder");
        folders.filter_map(|it| fs::read_to_string(it.expect("a folder").path().join("README.md")).ok()).collect()
    }

    fn programs(&self) -> Vec<std::path::PathBuf> {
        let folders = fs::read_dir(self.folder.path().join("out")).expect("a folder");
        let files = folders.map(|it| it.expect("a folder").path().join("reproduce.py"));
        files.filter(|it| it.exists()).collect()
    }
}

/// A consumer of the suite's as somebody's module, beside its producer and the right one.
#[track_caller]
fn check_fixture(stem: &str, right: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build_fixture("fast_math.c", "fast_math", folder.path());
    extension::build_fixture(&format!("{right}.c"), right, folder.path());
    extension::build_fixture(&format!("defects/{stem}.c"), stem, folder.path());
    let manifest = support::manifest_of(&format!("defects/{stem}.c"));
    // The same faults once more would show nothing new, and that a call fails only the instrument can show.
    let skips = ["import_chain::consumer_survives_a_second_attempt", "import_chain::consumer_survives_a_failing_call"];
    let cases = ["--case", "import_chain::*", "--skip", skips[0], "--skip", skips[1]];
    run(folder, stem, &manifest, &cases).check(stem, right);
}

#[test]
fn a_crash_is_shown() {
    check_fixture("imports_blindly", "eager_renderer");
    check_fixture("takes_an_attempt_for_a_success", "renderer");
}

#[test]
fn an_end_without_a_word_is_shown() {
    check_fixture("exits_without_its_producer", "renderer");
    check_fixture("aborts_without_its_producer", "renderer");
}

#[test]
fn a_wrong_exception_is_shown() {
    check_fixture("loses_the_error", "renderer");
    check_fixture("blames_another_module", "renderer");
}

#[test]
fn an_interrupt_that_is_swallowed_is_shown() {
    check_fixture("swallows_an_interrupt", "optional_renderer");
}

/// Modules in Python: a function that is wrong, and one that is right.
#[track_caller]
fn check_functions(wrong: &str, right: &str, manifest: &str, cases: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for module in ["takes_capsules", "keeps_capsules", "_keeps_capsules"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(format!("{module}.py"));
        fs::copy(&file, folder.path().join(format!("{module}.py"))).expect("a module");
    }
    run(folder, "takes_capsules", manifest, &["--case", cases]).check(wrong, right);
}

fn taken(capsule: &str, function: &str, more: &str) -> String {
    let call = format!("takes_capsules.{function}()");
    format!(
        "[target]\nexercise = \"{call}\"\n[[consumes]]\ncapsule = \"{capsule}\"\ntrigger = \"{call}\"\n\
         failure = [\"ImportError\", \"takes_capsules.Unheard\"]\n{more}"
    )
}

#[test]
fn what_lies_behind_a_wrong_name_is_out_of_reach() {
    let manifest = taken("keeps_capsules.api", "whatever_its_name", "");
    check_functions("whatever_its_name", "attribute", &manifest, "import_chain::*");
}

#[test]
fn a_capsule_in_a_dictionary_or_a_class_is_spoiled_there() {
    let manifest = taken("keeps_capsules.table['api']", "whatever_its_key", "");
    check_functions("whatever_its_key", "item", &manifest, "import_chain::*");
    let manifest = taken("keeps_capsules.Holder.api", "whatever_the_class", "");
    check_functions("whatever_the_class", "of_class", &manifest, "import_chain::*");
}

#[test]
fn a_capsule_in_two_modules_is_put_right_in_both() {
    let manifest = taken("keeps_capsules.api", "remembers_a_failure", "");
    let manifest = manifest.replace("[target]\n", "[target]\npreload = [\"_keeps_capsules\"]\n");
    check_functions("remembers_a_failure", "attribute", &manifest, "import_chain::consumer_works_after_a_repair");
}

#[test]
fn a_later_version_is_made_in_python() {
    let table = "[consumes.table]\nlayout = [\"i32 version\"]\nversion = \"version\"\ncurrent = 1\naccepts = \">=1\"\n";
    let manifest = taken("keeps_capsules.versioned", "panics_at_a_later_version", table);
    check_functions("panics_at_a_later_version", "takes_later_versions", &manifest, "version::*");
}

#[test]
fn an_argument_is_made_in_python() {
    let manifest = "[target]\npreload = [\"keeps_capsules\"]\n[[consumes]]\nname = \"mydb.handle\"\n\
                    call = \"takes_capsules.take_by_any_name({capsule})\"\nfailure = [\"ValueError\", \"ctypes.ArgumentError\"]\n\
                    good = \"keeps_capsules.capsule(b'mydb.handle')\"\n";
    check_functions("take_by_any_name", "take", manifest, "*::call_*");
}

#[test]
fn a_call_that_fails_takes_a_tracer() {
    let folder = tempfile::tempdir().expect("a folder");
    let stem = "checks_only_the_import";
    extension::build_fixture("fast_math.c", "fast_math", folder.path());
    extension::build_fixture(&format!("defects/{stem}.c"), stem, folder.path());
    let manifest = support::manifest_of(&format!("defects/{stem}.c"));
    let run = run(folder, stem, &manifest, &["--case", "import_chain::consumer_survives_a_failing_call"]);
    let found: Vec<_> = run.findings.iter().map(|it| (it["row"].as_str(), it["observed"].as_str())).collect();
    assert_eq!(found, [(Some("call_fails_2"), Some("signal SIGSEGV during first"))], "{}", run.said);
    assert!(run.excuses().iter().all(|it| it.contains("only a tracer can make that call fail")), "{:?}", run.excuses());
}

#[test]
fn what_python_cannot_show_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build("misnames_its_capsule", folder.path());
    let run = run(folder, "misnames_its_capsule", "", &["--case", "names::attribute_capsule_is_importable"]);
    let excuses = run.excuses();
    assert!(!excuses.is_empty() && run.programs().is_empty(), "{}", run.said);
    assert!(excuses.iter().all(|it| it.contains("`import_capsule` is done by a module of the suite's")), "{excuses:?}");
    assert!(run.said.contains(&format!("0 reproducers in out; {} findings cannot be shown so", run.findings.len())));
}
