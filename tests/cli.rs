//! The program from outside: what it says, what it leaves alone, and how it ends.

mod support;

#[path = "cli/machine.rs"]
mod machine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use capsule_conformance::report;
use insta::assert_snapshot;

/// One small pairing: the probe is all that has to be built for it.
const SMALL: [&str; 2] = ["--case", "names::runtime_repr_shows_the_name"];

/// The program in a folder of its own, with the cache that all tests share.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn new() -> Program {
        Program { folder: tempfile::tempdir().expect("a private folder") }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a private folder can be written");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"));
        command.args(arguments).current_dir(self.folder.path());
        // The cache is found below the folder that the variable names.
        command.env("XDG_CACHE_HOME", shared_cache().parent().expect("a folder"));
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().expect("the program starts"))
    }
}

/// The same artifacts as in the other tests, under the name that the program looks for.
fn shared_cache() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
    let link = folder.join("capsule-conformance");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    fs::create_dir_all(support::cache_folder()).expect("the target folder can be written");
    // Tests run side by side: whoever comes second finds it there.
    drop(std::os::unix::fs::symlink(support::cache_folder(), &link));
    link
}

/// What the program said, and how it ended.
#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    fn of(output: Output) -> Answer {
        let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
        Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

#[track_caller]
fn assert_usage_error(arguments: &[&str], wanted: &str) {
    let answer = Program::new().run(arguments);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.err.contains(wanted), "{answer:?}");
    assert_eq!(answer.out, "");
}

#[test]
fn help_says_everything() {
    assert_snapshot!("help", Program::new().run(&["--help"]).out);
    for command in
        ["list", "explain", "discover", "trace", "baseline", "merge", "diff", "kill-matrix", "doctor", "cache"]
    {
        assert_snapshot!(format!("help_{command}"), Program::new().run(&[command, "--help"]).out);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let wanted = format!("capsule-conformance {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Program::new().run(&["--version"]).out, wanted);
}

#[test]
fn wrong_usage_is_told_apart() {
    assert_usage_error(&["--targt", "m"], "--target");
    assert_usage_error(&["--format", "pdf"], "`pdf` is no format");
    assert_usage_error(&["--format", "json="], "names no file after `=`");
    assert_usage_error(&["--jobs", "0"], "must be a whole number from 1");
    assert_usage_error(&["--timeout", "0"], "must be a number of seconds above 0");
    assert_usage_error(&["--quiet", "--verbose"], "cannot be used with");
    assert_usage_error(&["--strict", "--fail-on", "never"], "cannot be used with");
}

#[test]
fn a_selection_that_selects_nothing_is_wrong_usage() {
    assert_usage_error(&["list", "--case", "a["], "`a[` is not a pattern");
    assert_usage_error(&["list", "--case", "nmaes::*"], "--case `nmaes::*` matches nothing");
    assert_usage_error(&["--case", "names::runtime_repr_shows_a_name"], "`names::runtime_repr_shows_the_name`");
    assert_usage_error(&["--skip", "nobody::*"], "--skip `nobody::*` matches nothing");
    assert_usage_error(&["--pairing", "nobody"], "--pairing `nobody` matches nothing");
    assert_usage_error(&["--producer", "fast_maths"], "(the nearest is `fast_math@");
    assert_usage_error(&["--consumer", "rendererr"], "(the nearest is `renderer@");
}

#[test]
fn a_manifest_that_is_missing_or_wrong_is_wrong_configuration() {
    assert_usage_error(&["--config", "nowhere.toml"], "cannot read nowhere.toml");
    let program = Program::new();
    program.file("m.toml", "[target]\nmodul = \"datetime\"\n");
    let answer = program.run(&["--config", "m.toml"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.err.contains("m.toml:2: unknown key `modul`; did you mean `module`?"), "{answer:?}");
}

#[test]
fn words_of_a_manifest_that_the_suite_does_not_know_are_wrong_configuration() {
    let refused = |text: &str, wanted: &str| {
        let program = Program::new();
        program.file("m.toml", text);
        let options = ["--target", "datetime", "--config", "m.toml"];
        for command in [&[][..], &["discover"], &["trace"]] {
            let answer = program.run(&[command, &options].concat());
            assert_eq!(answer.code, Some(2), "{answer:?}");
            assert!(answer.err.contains(wanted), "{answer:?}");
        }
    };
    let known = |case: &str| format!("[[known]]\ncase = \"{case}\"\nseen = \"x\"\nreason = \"y\"\n");
    refused(
        &known("names::attribute_capsule_is_importible"),
        "m.toml:2: `names::attribute_capsule_is_importible` is no case; did you mean \
         `names::attribute_capsule_is_importable`?",
    );
    let rows = "rows = [\"module_absnt\"]\n";
    refused(&(known("import_chain::consumer_survives") + rows), "m.toml:5: `module_absnt` is no row of import_chain");
    let produces = "[[produces]]\nattribute = \"datetime.datetime_CAPI\"\n";
    refused(
        &format!("{produces}convention = \"atribute\"\n"),
        "m.toml:3: `atribute` is no convention; did you mean `attribute`?",
    );
    refused(
        &format!("{produces}protocol = \"off\"\n"),
        "m.toml:3: `off` is no value of `protocol`; did you mean `none`?",
    );
}

#[test]
fn every_report_is_written_that_can_be() {
    let program = Program::new();
    let formats = ["--format", "json=no/such/folder.json", "--format", "json=out.json"];
    let answer = program.run(&[&SMALL[..], &formats].concat());
    assert_eq!(answer.code, Some(3), "{answer:?}");
    assert!(answer.err.contains("no/such/folder.json"), "{answer:?}");
    assert_eq!(answer.out.lines().last(), Some("conformant"), "{answer:?}");
    let second = fs::read_to_string(program.folder.path().join("out.json")).expect("the second report");
    report::read(&second).expect("a whole report");
}

#[test]
fn a_default_manifest_of_another_module_is_left_alone() {
    let program = Program::new();
    program.file("capsule-conformance.toml", "[target]\nmodule = \"another\"\n");
    let arguments = ["--target", "datetime", "--case", "import_chain::plain_import"];
    let answer = program.run(&arguments);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.err.contains("capsule-conformance.toml is about another and is left alone"), "{answer:?}");
    let named = program.run(&["--config", "capsule-conformance.toml", "--target", "datetime"]);
    assert_eq!(named.code, Some(2), "{named:?}");
}

#[test]
fn a_baseline_that_is_none_is_wrong_usage() {
    let program = Program::new();
    program.file("new.json", r#"{"schema": "capsule-conformance/baseline/9", "targets": []}"#);
    program.file("other.json", r#"{"schema": "capsule-conformance/baseline/1", "targets": []}"#);
    program.file("text.json", "no JSON");
    for (file, wanted) in [
        ("gone.json", "cannot read the baseline gone.json"),
        ("text.json", "text.json is no baseline"),
        ("new.json", "its format is `capsule-conformance/baseline/9`"),
        ("other.json", "not about datetime"),
    ] {
        let answer = program.run(&["--target", "datetime", "--baseline", file]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.err.contains(wanted), "{answer:?}");
    }
    let answer = program.run(&["--baseline", "other.json"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.err.contains("--baseline needs a --target"), "{answer:?}");
}

#[test]
fn listing_starts_nothing_and_writes_nothing() {
    let program = Program::new();
    let mut command = program.command(&["list"]);
    let output = command.env("PATH", "").env("XDG_CACHE_HOME", "/proc/no/such/place").output();
    let answer = Answer::of(output.expect("the program starts"));
    assert_eq!((answer.code, answer.err.as_str()), (Some(0), ""));
    assert_eq!(answer.out.lines().count(), support::suite().cases.len());
    let line = "wrong_name::consumer_refuses_a_foreign_handle";
    let line = answer.out.lines().find(|it| it.starts_with(line)).expect("the case is listed");
    assert!(line.ends_with("must    A database handle is never taken for a math table"), "{line}");
}

#[test]
fn a_run_says_as_much_as_is_asked_for() {
    let program = Program::new();
    let normal = program.run(&SMALL);
    assert_eq!(normal.code, Some(0), "{normal:?}");
    assert_eq!(normal.out.lines().last(), Some("conformant"));
    assert!(normal.err.contains("modules, took "), "{normal:?}");
    let quiet = program.run(&[&SMALL[..], &["--quiet"]].concat());
    assert_eq!((quiet.out.lines().count(), quiet.err.as_str()), (2, ""), "{quiet:?}");
    let verbose = program.run(&[&SMALL[..], &["--verbose"]].concat());
    assert!(verbose.out.lines().any(|line| line.starts_with("pass             names::runtime_repr")), "{verbose:?}");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let coloured = |variables: &[(&str, &str)], arguments: &[&str]| {
        let program = Program::new();
        let mut command = program.command(&[&SMALL[..], &["--quiet"], arguments].concat());
        let output = command.envs(variables.iter().copied()).output().expect("the program starts");
        Answer::of(output).out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
}

#[test]
fn reports_go_to_stdout_and_to_files() {
    let program = Program::new();
    let formats = ["--format", "json=out.json", "--format", "text=out.txt", "--format", "json"];
    let answer = program.run(&[&SMALL[..], &formats].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let read = |name: &str| fs::read_to_string(program.folder.path().join(name)).expect("the report was written");
    assert_eq!(answer.out, read("out.json"));
    assert!(read("out.txt").ends_with("conformant\n"));
    report::read(&answer.out).expect("a whole report");
    // Text is still said where only files were asked for.
    let to_file = program.run(&[&SMALL[..], &["--format", "json=out.json"]].concat());
    assert_eq!(to_file.out.lines().last(), Some("conformant"), "{to_file:?}");
    let nowhere = program.run(&[&SMALL[..], &["--format", "json=no/such/folder.json"]].concat());
    assert!(nowhere.err.contains("no/such/folder.json"), "{nowhere:?}");
    assert_ne!(nowhere.code, Some(0));
}

#[test]
fn the_rerun_line_of_a_result_repeats_it() {
    let program = Program::new();
    let case = ["--case", "names::runtime_matches_null_only_with_null", "--format", "json"];
    let record = report::read(&program.run(&case).out).expect("a whole report");
    let first = &record.results[0];
    let words = first.rerun.strip_prefix("capsule-conformance").expect("a command of ours");
    // Pasted into a shell as it is.
    let program_path = env!("CARGO_BIN_EXE_capsule-conformance");
    let pasted = format!("'{program_path}'{words} --format json");
    let mut command = Command::new("sh");
    command.arg("-c").arg(pasted).current_dir(program.folder.path());
    command.env("XDG_CACHE_HOME", shared_cache().parent().expect("a folder"));
    let again = Answer::of(command.output().expect("a shell"));
    let again = report::read(&again.out).expect("a whole report");
    let ids: Vec<&String> = again.results.iter().map(|it| &it.id).collect();
    assert_eq!(ids, [&first.id]);
    assert_eq!((again.results[0].verdict, &again.results[0].observed), (first.verdict, &first.observed));
}

#[test]
fn participants_can_be_chosen() {
    let program = Program::new();
    let case = ["--case", "wrong_name::consumer_refuses_a_foreign_handle", "--format", "json"];
    let sides = ["--producer", "fast_math@c_multi_phase", "--consumer", "renderer@c_abi3"];
    let record = report::read(&program.run(&[case, sides].concat()).out).expect("a whole report");
    let ids: Vec<_> = record.results.iter().map(|it| (it.producer.as_deref(), it.consumer.as_deref())).collect();
    assert_eq!(ids, [(Some("fast_math@c_multi_phase"), Some("renderer@c_abi3"))]);
}

#[test]
fn a_run_that_ran_nothing_is_no_success() {
    let program = Program::new();
    let no_interpreter = program.run(&["--python", "no-such-python"]);
    assert_eq!(no_interpreter.code, Some(3), "{no_interpreter:?}");
    let no_capsule = program.run(&["--target", "json", "--skip", "import_chain::plain_import"]);
    assert_eq!(no_capsule.code, Some(3), "{no_capsule:?}");
    let no_module = program.run(&["--target", "no_such_module", "--format", "json"]);
    assert_eq!(no_module.code, Some(3), "{no_module:?}");
    // A report is written all the same.
    assert_eq!(report::read(&no_module.out).expect("a whole report").exit_code, 3);
}
