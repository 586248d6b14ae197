//! Parts of a run from outside: merged they are the whole run, and nothing else can be merged.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::extension;
use tempfile::TempDir;

const MODULE: &str = "misnames_its_capsule";

/// A folder with a module that has findings, and what is said of it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    extension::build(MODULE, folder.path());
    folder
}

fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"));
    command.current_dir(folder).args(arguments).env_remove("VIRTUAL_ENV").output().expect("the program starts")
}

/// A run on the module, with a JSON report in `name`; its exit code.
fn run(folder: &Path, name: &str, options: &[&str]) -> i32 {
    let cache = support::cache_folder().display().to_string();
    let format = format!("json={name}");
    let fixed = ["--target", MODULE, "--path", ".", "--case", "names::*", "--quiet", "--cache", &cache];
    let output = program(folder, &[&fixed[..], &["--format", &format], options].concat());
    output.status.code().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn merge(folder: &Path, options: &[&str]) -> (i32, String) {
    let output = program(folder, &[&["merge", "--quiet", "--format", "json=merged"], options].concat());
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A report without what differs between two equal runs.
fn report(folder: &Path, name: &str) -> Value {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    for result in report["results"].as_array_mut().expect("results") {
        result["duration_us"] = json!(0);
    }
    report
}

fn write(folder: &Path, name: &str, report: &Value) {
    fs::write(folder.join(name), report.to_string()).expect("the folder can be written");
}

const SHARDS: [&str; 4] = ["1", "2", "3", "4"];

fn run_shards(folder: &Path, options: &[&str]) {
    for shard in SHARDS {
        run(folder, shard, &[&["--shard", &format!("{shard}/4")], options].concat());
    }
}

#[test]
fn shards_merged_are_the_whole_run() {
    let folder = folder();
    let folder = folder.path();
    let code = run(folder, "whole", &[]);
    run_shards(folder, &[]);
    // In whatever order they come.
    assert_eq!(merge(folder, &["3", "1", "4", "2"]), (code, String::new()));
    assert_eq!(code, 1);
    assert_eq!(report(folder, "merged"), report(folder, "whole"));
    let sizes: Vec<usize> =
        SHARDS.iter().map(|it| report(folder, it)["results"].as_array().map_or(0, Vec::len)).collect();
    assert!(sizes.iter().filter(|size| **size > 0).count() > 1, "{sizes:?}");
    assert_eq!(merge(folder, &["1", "2", "3", "4", "--fail-on", "never"]).0, 0);
}

#[test]
fn what_is_no_whole_is_refused() {
    let folder = folder();
    let folder = folder.path();
    run_shards(folder, &[]);
    let refused = |files: &[&str], wanted: &str| {
        let (code, error) = merge(folder, files);
        assert_eq!(code, 2, "{error}");
        assert!(error.contains(wanted), "{error}");
        assert!(!folder.join("merged").exists(), "a report was written all the same");
    };
    refused(&["1", "2", "4"], "shards are missing: 3/4");
    refused(&["1", "2", "3", "4", "2"], "shard 2/4 is there twice");
    run(folder, "foreign", &["--skip", "names::attribute*", "--shard", "3/4"]);
    refused(&["1", "2", "foreign", "4"], "the plan differs");
    run(folder, "third", &["--shard", "3/3"]);
    refused(&["1", "2", "third", "4"], "the number of shards differs");
    refused(&["1", "2", "3", "nowhere"], "cannot read nowhere");
    // A result that was moved, and one that was taken out.
    let (mut first, mut second) = (report(folder, "1"), report(folder, "2"));
    let index = if first["planned"] == 0 { &mut second } else { &mut first };
    let taken = index["results"].as_array_mut().and_then(Vec::pop).expect("it has results");
    index["planned"] = json!(index["planned"].as_u64().expect("a number") - 1);
    write(folder, "less 1", &first);
    write(folder, "less 2", &second);
    refused(&["less 1", "less 2", "3", "4"], "do not hold the");
    let mut third = report(folder, "3");
    third["results"].as_array_mut().expect("results").push(taken);
    third["planned"] = json!(third["planned"].as_u64().expect("a number") + 1);
    write(folder, "more 3", &third);
    refused(&["less 1", "less 2", "more 3", "4"], "not of its shard");
}

/// A recorded deviation that one shard still sees, and one that nobody sees.
#[test]
fn only_the_whole_says_that_a_deviation_is_stale() {
    let folder = folder();
    let folder = folder.path();
    let known =
        |case: &str, seen: &str| format!("[[known]]\ncase = \"{case}\"\nseen = \"{seen}\"\nreason = \"a test\"\n");
    let case = "names::attribute_capsule_is_importable";
    let alive = [known(case, "ValueError"), known(case, "AttributeError"), known(case, "TypeError")];
    for (name, text) in [("stale.toml", known("names::name_outlives_its_maker", "ValueError"))]
        .into_iter()
        .chain([("alive.toml", alive.concat())])
    {
        fs::write(folder.join(name), format!("[target]\nmodule = \"{MODULE}\"\n{text}")).expect("it can be written");
        let whole = run(folder, "whole", &["--config", name]);
        run_shards(folder, &["--config", name]);
        assert_eq!(merge(folder, &SHARDS), (whole, String::new()), "{name}");
        let merged = report(folder, "merged");
        assert_eq!(merged, report(folder, "whole"), "{name}");
        let stale = merged["summary"]["stale_difference"].as_u64().expect("a count");
        assert_eq!(stale > 0, name == "stale.toml", "{name}");
    }
}

#[test]
fn an_empty_shard_is_no_failure() {
    let folder = folder();
    let folder = folder.path();
    // Of so many, most are empty.
    let codes: Vec<(i32, u64)> = (1..=2)
        .map(|shard| {
            let shard = format!("{shard}/97");
            let code = run(folder, "part", &["--skip", "names::[abcdefghijklmopqrstuvwxyz]*", "--shard", &shard]);
            (code, report(folder, "part")["planned"].as_u64().expect("a number"))
        })
        .collect();
    assert!(codes.iter().any(|(_, planned)| *planned == 0), "{codes:?}");
    assert!(codes.iter().filter(|(_, planned)| *planned == 0).all(|(code, _)| *code == 0), "{codes:?}");
}

#[test]
fn what_failed_is_run_again_alone() {
    let folder = folder();
    let folder = folder.path();
    assert_eq!(run(folder, "first", &[]), 1);
    assert_eq!(run(folder, "again", &["--rerun-failed", "first"]), 1);
    let failed = |report: Value| {
        let results = report["results"].as_array().cloned().expect("results");
        results.into_iter().filter(|it| it["verdict"] == "fail").collect::<Vec<_>>()
    };
    let again = report(folder, "again");
    let fail = |level: &str| again["summary"]["fail"][level].as_u64().expect("a count");
    assert_eq!(again["planned"].as_u64(), Some(fail("must") + fail("should")));
    assert_eq!(failed(again).len(), failed(report(folder, "first")).len());
    fs::write(folder.join("no.json"), "{}").expect("it can be written");
    assert_eq!(run(folder, "none", &["--rerun-failed", "no.json"]), 2);
    run(folder, "well", &["--skip", "names::attribute*"]);
    assert_eq!(run(folder, "none", &["--rerun-failed", "well"]), 2);
}

#[test]
fn a_difference_between_two_reports_is_told() {
    let folder = folder();
    let folder = folder.path();
    run(folder, "bad", &[]);
    let mut good = report(folder, "bad");
    for result in good["results"].as_array_mut().expect("results").iter_mut().filter(|it| it["verdict"] == "fail") {
        result["verdict"] = json!("pass");
    }
    write(folder, "good", &good);
    let told = |old: &str, new: &str| {
        let output = program(folder, &["diff", old, new]);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = told("good", "bad");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("worse   names::"), "{text}");
    let (code, text) = told("bad", "good");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("better  names::"), "{text}");
    assert_eq!(told("bad", "bad"), (Some(0), "0 worse, 0 better, 0 changed otherwise, 0 new, 0 gone\n".to_owned()));
}
