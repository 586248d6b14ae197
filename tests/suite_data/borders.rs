//! The invariants of docs/architecture.md, read off the sources.

use std::collections::BTreeSet;

use capsule_conformance::embedded;

use crate::files;

/// The modules that are steps of the line; `run`, `matrix` and `main` walk it.
const STEPS: [&str; 8] = ["catalogue", "inspect", "plan", "build", "execute", "judge", "conclude", "report"];

/// The top module that a source belongs to.
fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or(path)
}

/// What a source takes from other modules of the crate: `crate::judge`, `crate::{convention, embedded}`.
fn imported(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split("};").next().unwrap_or_default();
                found.extend(list.split(',').map(|item| item.trim().split("::").next().unwrap_or_default()));
            }
            None => found.extend(rest.split(|it: char| it != '_' && !it.is_ascii_lowercase()).next()),
        }
    }
    found.remove("");
    found
}

#[test]
fn a_step_imports_no_other_step() {
    let architecture = files::checkout("docs/architecture.md");
    let rule = architecture.split("A step imports").nth(1).expect("the invariant is in docs/architecture.md");
    let rule = rule.split("never another step").next().unwrap_or_default();
    let allowed: BTreeSet<&str> = rule.split('`').skip(1).step_by(2).collect();
    assert!(allowed.contains("model") && STEPS.iter().all(|step| !allowed.contains(step)), "{allowed:?}");
    for (path, code) in files::sources() {
        let own = module(&path);
        if !STEPS.contains(&own) {
            continue;
        }
        for other in imported(&code) {
            let exception = own == "conclude" && other == "judge";
            let fine = other == own || allowed.contains(other) || exception;
            assert!(fine, "{path} imports `{other}`, which docs/architecture.md does not allow a step");
        }
    }
}

#[test]
fn helpers_and_the_model_import_no_step() {
    for (path, code) in files::sources() {
        let own = module(&path);
        if STEPS.contains(&own) || ["run", "matrix", "harness", "doctor", "main", "lib", "cli"].contains(&own) {
            continue;
        }
        let steps: Vec<&str> = imported(&code).into_iter().filter(|it| STEPS.contains(it)).collect();
        assert!(steps.is_empty(), "{path} imports {steps:?}");
    }
}

#[track_caller]
fn assert_only(allowed: &[&str], words: &[&str], what: &str) {
    let mut used = false;
    for (path, code) in files::sources() {
        let own = module(&path);
        for line in code.lines().filter(|line| words.iter().any(|word| line.contains(word))) {
            assert!(allowed.contains(&own), "{path} {what}: {}", line.trim());
            used = true;
        }
    }
    assert!(used, "nothing {what}; the words this test looks for are out of date");
}

#[test]
fn only_three_steps_start_processes() {
    assert_only(&["inspect", "build", "execute", "host"], &["Command::new"], "starts a process");
}

#[test]
fn only_the_program_and_progress_write_to_the_terminal() {
    let words = ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout", "io::stderr", "stderr()", "dbg!"];
    assert_only(&["main", "output", "progress"], &words, "writes to the terminal");
}

#[test]
fn only_the_catalogue_the_build_and_the_explanations_read_the_suite() {
    for (path, code) in files::sources() {
        for line in code.lines().filter(|line| line.contains("FILES") || line.contains("embedded::below")) {
            let hands_over = line.contains("catalogue::load(embedded::FILES");
            assert!(
                hands_over || ["build", "embedded", "explain"].contains(&module(&path)),
                "{path} reads the suite: {line}"
            );
        }
    }
}

#[test]
fn pure_steps_know_no_file_process_or_clock() {
    let impure = ["std::fs", "fs::", "std::process", "std::env", "env::var", "Instant::", "SystemTime", "std::thread"];
    for (path, code) in files::sources() {
        if ["plan", "judge", "conclude", "report", "model"].contains(&module(&path)) {
            let used: Vec<_> = impure.iter().filter(|word| code.contains(**word)).collect();
            assert!(used.is_empty(), "{path} is pure, and uses {used:?}");
        }
    }
}

#[test]
fn the_worker_has_no_opinion() {
    for (path, _) in embedded::below("suite/worker") {
        for (index, line) in files::text(path).lines().enumerate() {
            let mut words = line.split(|it: char| it != '_' && !it.is_alphanumeric());
            let opinions = ["assert", "verdict", "expectation", "expected", "mismatch", "conformant", "judge"];
            let opinion = words.find(|word| opinions.contains(&word.to_lowercase().as_str()));
            assert!(opinion.is_none(), "{path}:{}: the worker returns facts: {line}", index + 1);
        }
    }
}

#[test]
fn only_the_rust_fixtures_are_unsafe() {
    for (path, code) in files::sources() {
        assert!(!code.contains("unsafe"), "{path} is unsafe");
    }
    assert!(files::together("rust_fixtures", ".rs").contains("unsafe"));
}

#[test]
fn no_package_interpreter_or_fixture_is_named_in_code() {
    let mut names: BTreeSet<String> = crate::suite().fixtures.iter().map(|it| it.stem.clone()).collect();
    for folder in ["suite/interpreters", "suite/targets"] {
        names.extend(embedded::below(folder).map(|(path, _)| crate::stem(path).to_owned()));
    }
    assert!(names.len() > 10);
    for (path, code) in files::sources() {
        for name in &names {
            // A name at the start of a text; in the middle of one it is an example for people.
            let named = ['"', '.', '@'].iter().any(|end| code.to_lowercase().contains(&format!("\"{name}{end}")));
            assert!(!named, "{path} names `{name}`: exceptions are data, with a reason and a link");
        }
    }
}
