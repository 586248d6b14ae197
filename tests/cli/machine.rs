//! What the program makes of a machine: its cache, its tools, and how its interpreters are started.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Answer, Program, SMALL};

#[test]
fn a_machine_that_cannot_be_used_is_told_in_a_whole_report() {
    let program = Program::new();
    let answer = program.run(&["--cache", "/proc/no/such/place", "--format", "json"]);
    assert_eq!(answer.code, Some(3), "{answer:?}");
    let schema = include_str!("../../suite/schema/report-1.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).expect("JSON")).expect("a schema");
    let report = serde_json::from_str(&answer.out).expect("JSON");
    let mistakes: Vec<String> = schema.iter_errors(&report).map(|it| it.to_string()).collect();
    assert_eq!(mistakes, Vec::<String>::new());
}

#[test]
fn the_cache_is_emptied_only_if_it_is_one() {
    let program = Program::new();
    let folder = program.folder.path().join("cache");
    let folder = folder.to_str().expect("UTF-8");
    // A doctor unpacks the worker, which makes a cache.
    program.run(&["doctor", "--cache", folder]);
    assert!(Path::new(folder).join("CACHEDIR.TAG").exists());
    let told = program.run(&["cache", "--cache", folder]);
    assert!(told.out.starts_with(folder) && told.out.contains(" MB "), "{told:?}");
    let emptied = program.run(&["cache", "--clear", "--cache", folder]);
    assert_eq!((emptied.code, Path::new(folder).exists()), (Some(0), false), "{emptied:?}");
    let again = program.run(&["cache", "--clear", "--cache", folder]);
    assert_eq!(again.code, Some(0), "{again:?}");
}

#[test]
fn a_folder_with_other_things_is_never_emptied() {
    let program = Program::new();
    let thesis = program.file("thesis.tex", "…");
    let folder = program.folder.path().to_str().expect("UTF-8");
    program.run(&["doctor", "--cache", folder]);
    let refused = program.run(&["cache", "--clear", "--cache", folder]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("is no cache of ours: it holds `thesis.tex`"), "{refused:?}");
    assert!(thesis.exists() && !program.folder.path().join("CACHEDIR.TAG").exists());
}

#[test]
fn the_doctor_says_what_is_missing() {
    let healthy = Program::new().run(&["doctor"]);
    for what in ["interpreter", "C compiler", "cargo", "cache"] {
        assert!(healthy.out.lines().any(|line| line.starts_with(what)), "{healthy:?}");
    }
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    let ill = Program::new().run(&["doctor", "--python", "no-such-python"]);
    assert_eq!(ill.code, Some(3), "{ill:?}");
    assert!(ill.out.contains("no-such-python: cannot be started"), "{ill:?}");
}

#[test]
fn what_cannot_be_built_is_said_once_with_what_to_install() {
    let program = Program::new();
    let environment = program.folder.path().join("environment");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&environment).status();
    assert!(made.is_ok_and(|status| status.success()), "python3 makes a virtual environment");
    let libraries = fs::read_dir(environment.join("lib")).expect("it has libraries").next().expect("of one version");
    let hook = libraries.expect("a folder").path().join("site-packages/no_headers.pth");
    fs::write(hook, "import sysconfig; sysconfig.get_path = lambda *_, **__: '/nonexistent'\n").expect("it is ours");
    let python = environment.join("bin/python3");
    let answer = program.run(&["--python", &python.display().to_string()]);
    assert_eq!(answer.code, Some(3), "{answer:?}");
    let told: Vec<&str> = answer.out.lines().filter(|line| line.contains("no Python.h")).collect();
    assert_eq!(told.len(), 1, "{answer:?}");
    assert!(told[0].contains("python3-dev"), "{answer:?}");

    let mut command = program.command(&SMALL);
    let answer =
        Answer::of(command.env("CC", "/nonexistent").env("PATH", no_compiler(&program)).output().expect("it starts"));
    assert_eq!(answer.code, Some(3), "{answer:?}");
    let told: Vec<&str> = answer.out.lines().filter(|line| line.contains("no C compiler")).collect();
    assert_eq!(told.len(), 1, "{answer:?}");
    assert!(told[0].contains("apt-get install gcc"), "{answer:?}");
}

/// A search path on which python3 is all there is.
fn no_compiler(program: &Program) -> PathBuf {
    let found = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().expect("it starts");
    let folder = program.folder.path().join("bin");
    fs::create_dir(&folder).expect("a private folder can be written");
    let python = String::from_utf8(found.stdout).expect("a path in UTF-8");
    std::os::unix::fs::symlink(python.trim(), folder.join("python3")).expect("a private folder can be written");
    folder
}

/// A script that starts the interpreter as version managers do, and notes every start.
fn starter(program: &Program, name: &str, setup: &str) -> PathBuf {
    let notes = program.folder.path().join(format!("{name}.starts"));
    let text = format!("#!/bin/sh\necho >> '{}'\n{setup}\nexec python3 \"$@\"\n", notes.display());
    let script = program.file(name, &text);
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a private file");
    script
}

#[test]
fn a_script_that_merely_starts_the_interpreter_is_asked_for_it_once() {
    let program = Program::new();
    let starts = |name: &str, setup: &str| {
        let script = starter(&program, name, setup);
        let python = script.to_str().expect("UTF-8");
        let answer = program.run(&[&["--python", python], &SMALL[..]].concat());
        assert_eq!(answer.code, Some(0), "{answer:?}");
        fs::read_to_string(program.folder.path().join(format!("{name}.starts")))
            .expect("it was started")
            .lines()
            .count()
    };
    assert_eq!(starts("plain", ""), 1);
    assert!(starts("with_settings", "export LD_BIND_NOW=1") > 1, "what it sets up would be lost");
    assert!(starts("with_options", "set -- -X dev \"$@\"") > 1, "its options would be lost");
}
