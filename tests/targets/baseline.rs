//! A later release of a module, held to what was recorded of an earlier one.

use std::fs;

use super::support::{self, extension};
use super::{Run, code, run_built};

/// Release 1 of a module, recorded, and then another release, held to the record.
fn run_release(release: u32) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[target]\n[[produces]]\nattribute = \"released._C_API\"\n[produces.table]\nversion = \"version\"\n\
                    layout = [\"i32 version\", \"ptr first\", \"ptr second\"]\ncurrent = 2\n";
    fs::write(folder.path().join("first.toml"), manifest).expect("written");
    extension::build_release(1, folder.path());
    let record = |file: &str| {
        let arguments = ["baseline", "--target", "released", "--path", ".", "--config", "first.toml", "--write", file];
        let output = support::program(folder.path(), &arguments).output().expect("the program starts");
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
