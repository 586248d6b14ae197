//! The lines of source that reports point at.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::assert_valid;
use crate::formats::assert_sarif;
use crate::support::{self, extension};

/// A run on a module of `tests/targets` whose source lies, or does not lie, in the folder of the run.
struct Run {
    folder: tempfile::TempDir,
    module: &'static str,
}

impl Run {
    fn new(module: &'static str, options: &[&str], sources: &[&str]) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets");
        let sources_in = folder.path().join("src");
        fs::create_dir(&sources_in).expect("the folder can be written");
        for name in sources {
            fs::copy(targets.join(name), sources_in.join(name)).expect("a source");
        }
        let own = sources_in.join(format!("{module}.c"));
        let source = if own.exists() { own } else { targets.join(format!("{module}.c")) };
        extension::build_file_with(&source, module, folder.path(), options);
        Run { folder, module }
    }

    /// The SARIF report, checked, and the JSON report.
    fn reports(&self, more: &[&str]) -> (String, Value) {
        let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
            .current_dir(self.folder.path())
            .args(["--target", self.module, "--path", ".", "--quiet", "--format", "sarif=s", "--format", "json=j"])
            .args(more)
            .arg("--cache")
            .arg(support::cache_folder())
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let file = |name: &str| fs::read_to_string(self.folder.path().join(name)).expect("a report");
        let json: Value = serde_json::from_str(&file("j")).expect("JSON");
        assert_valid(&json);
        assert_sarif(&file("s"));
        (file("s"), json)
    }

    /// The places that all findings of these cases point at: `file:line`, or the file alone.
    fn places(&self, more: &[&str]) -> Vec<String> {
        let (text, _) = self.reports(more);
        assert!(!text.contains(&*self.folder.path().to_string_lossy()), "a path of this machine is told");
        let log: Value = serde_json::from_str(&text).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        let place = |it: &Value| {
            let physical = &it["locations"][0]["physicalLocation"];
            let file = physical["artifactLocation"]["uri"].as_str().expect("a file").to_owned();
            physical["region"]["startLine"].as_u64().map(|line| format!("{file}:{line}")).unwrap_or(file)
        };
        let mut places: Vec<String> = results.iter().map(place).collect();
        places.sort();
        places.dedup();
        places
    }
}

/// The number of the line of a source that has these words.
fn line(source: &str, words: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(source);
    let text = fs::read_to_string(path).expect("a source");
    1 + text.lines().position(|line| line.contains(words)).expect("these words")
}

const NAMES: [&str; 2] = ["--case", "names::attribute_capsule_is_importable"];

#[test]
fn a_producer_is_shown_where_it_makes_its_capsule() {
    let run = Run::new("misnames_its_capsule", &["-g"], &["misnames_its_capsule.c", "target.h"]);
    let wanted = format!("src/target.h:{}", line("target.h", "PyCapsule_New("));
    assert_eq!(run.places(&NAMES), [wanted]);
}

#[test]
fn what_was_put_into_other_code_is_shown_in_the_innermost() {
    let run = Run::new("misnames_its_capsule", &["-g", "-O2"], &["misnames_its_capsule.c", "target.h"]);
    let wanted = format!("src/target.h:{}", line("target.h", "PyCapsule_New("));
    assert_eq!(run.places(&NAMES), [wanted]);
}

#[test]
fn a_consumer_is_shown_where_it_asks_for_a_capsule() {
    let run = Run::new("takes_without_looking", &["-g"], &["takes_without_looking.c", "target.h"]);
    let wanted = format!("src/takes_without_looking.c:{}", line("takes_without_looking.c", "PyCapsule_Import("));
    let survives = ["--case", "import_chain::consumer_recovers_or_fails_cleanly"];
    assert_eq!(run.places(&survives), [wanted]);
}

#[test]
fn what_a_factory_makes_is_shown_where_it_ends_even_if_there_is_a_manifest() {
    let module = "opens_and_leaves_an_error";
    let run = Run::new(module, &["-g"], &["opens_and_leaves_an_error.c", "opener.h"]);
    let manifest = format!("[[produces]]\nfactory = \"{module}.open()\"\nname = \"opener.handle\"\n");
    fs::write(run.folder.path().join("m.toml"), manifest).expect("the folder can be written");
    let line = line("opens_and_leaves_an_error.c", "end_with_an_error(PyObject");
    let case = ["--config", "m.toml", "--case", "destructor::producer_destructor_leaves_no_error"];
    let places = run.places(&case);
    // A compiler counts the line of the name or of the brace below it.
    let near = [format!("src/{module}.c:{line}"), format!("src/{module}.c:{}", line + 1)];
    assert!(places.len() == 1 && near.contains(&places[0]), "{places:?}");
}

#[test]
fn who_crashes_before_anything_is_made_is_shown_where_the_module_begins() {
    let module = "crashes_when_imported";
    let run = Run::new(module, &["-g"], &["crashes_when_imported.c", "target.h"]);
    let wanted = format!("src/{module}.c:{}", line("crashes_when_imported.c", "TARGET("));
    assert_eq!(run.places(&[]), [wanted]);
}

#[test]
fn without_debug_information_the_module_or_its_manifest_is_shown() {
    let run = Run::new("misnames_its_capsule", &["-g0"], &["misnames_its_capsule.c", "target.h"]);
    assert_eq!(run.places(&NAMES), ["misnames_its_capsule"]);
    fs::write(run.folder.path().join("m.toml"), "[target]\n").expect("the folder can be written");
    assert_eq!(run.places(&[&NAMES[..], &["--config", "m.toml"]].concat()), ["m.toml"]);
}

#[test]
fn source_that_lies_elsewhere_is_not_shown() {
    let run = Run::new("misnames_its_capsule", &["-g"], &[]);
    assert_eq!(run.places(&NAMES), ["misnames_its_capsule"]);
    assert!(run.reports(&NAMES).1["results"].as_array().expect("results").iter().all(|it| it["source"].is_null()));
}

#[test]
fn two_runs_show_the_same_lines() {
    let run = Run::new("misnames_its_capsule", &["-g"], &["misnames_its_capsule.c", "target.h"]);
    let again = [&NAMES[..], &["--format", "github=g"]].concat();
    assert_eq!(run.reports(&NAMES).0, run.reports(&again).0);
    let github = fs::read_to_string(run.folder.path().join("g")).expect("a report");
    assert!(github.starts_with("::error file=src/target.h,line="), "{github}");
}
