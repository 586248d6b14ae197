//! Modules that take somebody's capsule at an import path.

use std::fs;

use super::{Run, run, run_in};

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
    assert_eq!(faults(&run).count(), every_fault());
    assert!(run.text.contains("takes_a_capsule on cpython"), "{}", run.text);
}

#[test]
fn a_crash_without_a_capsule_that_no_manifest_speaks_of_is_found() {
    let run = run("takes_without_looking", &["--case", "import_chain::*"]);
    run.ends_with(1, "import_chain::consumer_survives fail signal SIGSEGV during trigger");
}

#[test]
fn what_has_one_cause_is_told_once_and_in_full_when_asked() {
    let headings = |options: &[&str]| {
        let run = run("takes_without_looking", &[&["--case", "import_chain::*"], options].concat());
        let headings = run.text.lines().filter(|it| it.starts_with("must  ") || it.starts_with("should  ")).count();
        (headings, run.findings().len(), run.text)
    };
    let (short, found, text) = headings(&[]);
    assert!(short == 1 && found > 3, "{text}");
    assert!(text.starts_with("must  import_chain::consumer_survives["), "{text}");
    let also = text.lines().find(|it| it.starts_with("  also ")).unwrap_or_else(|| panic!("{text}"));
    assert!(also.contains("import_chain::consumer_"), "{text}");
    let (long, same, text) = headings(&["--verbose"]);
    assert!(long > found && same == found, "{text}");
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

/// How many faults there are.
fn every_fault() -> usize {
    let suite = super::support::suite();
    let case = suite.cases.iter().find(|it| it.id == "import_chain::consumer_survives");
    case.map_or(0, |it| it.rows.len())
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
    assert_eq!(faults(&run).count(), every_fault());
}

#[test]
fn a_consumer_that_does_not_look_crashes_when_the_capsule_is_missing() {
    run_importing("careless").ends_with(1, "import_chain::consumer_survives fail signal SIGSEGV during trigger");
}

#[test]
fn what_two_cases_ask_of_one_course_of_events_is_run_once() {
    let cases = ["import_chain::consumer_recovers_or_fails_cleanly", "import_chain::consumer_works_after_a_repair"];
    let triggered = |cases: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        let notes = folder.path().join("triggered");
        let call = format!("(imports_datetime.careful(), open('{}', 'a').write('.'))", notes.display());
        let manifest = format!("[[consumes]]\ncapsule = \"datetime.datetime_CAPI\"\ntrigger = \"{call}\"\n");
        fs::write(folder.path().join("m.toml"), manifest).expect("written");
        let chosen = cases.iter().flat_map(|case| ["--case", case]);
        let options: Vec<&str> = ["--config", "m.toml"].into_iter().chain(chosen).collect();
        let run = run_in(folder, "imports_datetime", &options);
        assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
        (fs::read(notes).expect("notes").len(), run.report["summary"]["pass"].as_u64())
    };
    let (one, both) = (triggered(&cases[..1]), triggered(&cases));
    assert_eq!(both, (one.0, one.1.map(|passed| 2 * passed)));
}
