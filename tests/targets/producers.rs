//! Fixtures of the suite's as somebody's modules: what each does wrong is found by the case that is about it, from
//! outside and with a manifest alone.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::support::extension;
use super::{Run, run_built};

/// Builds a fixture, and writes the manifest that its header is; one that makes handles declares that factory too.
fn somebodys(source: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("c_fixtures").join(source);
    let text = fs::read_to_string(&path).expect("a fixture");
    let module = path.file_stem().and_then(|stem| stem.to_str()).expect("a C file").to_owned();
    extension::build_fixture(source, &module, folder.path());
    let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let begin = header.iter().position(|line| *line == "[[produces]]").unwrap_or(header.len());
    let mut manifest = format!("[target]\n{}\n", header[begin..].join("\n"));
    if !manifest.contains("factory") {
        let make = format!("{module}.make('handle', b'mydb.handle', None, True, False)");
        manifest += &format!("[[produces]]\nfactory = \"{make}\"\nname = \"mydb.handle\"\n");
        manifest += &format!("releases = \"{module}.open_handles()\"\n");
    }
    fs::write(folder.path().join("capsule-conformance.toml"), manifest).expect("written");
    (folder, module)
}

fn run_as_target(source: &str, options: &[&str]) -> Run {
    let (folder, module) = somebodys(source);
    run_built(folder, &module, options)
}

#[test]
fn nothing_is_found_in_what_is_right() {
    let everything = ["*::producer_*", "names::*"];
    // The instrument that it takes by itself records its destructors' runs once more.
    let of_kept_capsules = ["version::producer_*", "lifetime::producer_*", "names::attribute_*"];
    for (source, cases) in [
        ("fast_math.c", &everything[..]),
        ("sized_math.c", &everything),
        ("labelled_math.c", &everything),
        ("heap_math.c", &of_kept_capsules),
    ] {
        let options: Vec<&str> = cases.iter().flat_map(|case| ["--case", case]).chain(["--strict"]).collect();
        let run = run_as_target(source, &options);
        let findings: Vec<String> = run.findings().into_iter().filter(|it| !it.contains(" info ")).collect();
        assert_eq!((run.code, findings), (0, Vec::new()), "{source}\n{}", run.text);
    }
}

/// Each of these defects, and how the case that is about it tells of it.
#[track_caller]
fn found(defects: &[(&str, &str, &str)]) {
    for (defect, case, seen) in defects {
        let run = run_as_target(&format!("defects/{defect}.c"), &["--strict", "--case", case]);
        assert_eq!(run.code, 1, "{defect}\n{}", run.text);
        let findings = run.findings();
        let wanted = format!("{case} fail {seen}");
        assert!(findings.iter().any(|it| it.starts_with(&wanted)), "{defect}: {findings:#?}\n{}", run.text);
    }
}

#[test]
fn a_name_that_is_wrong_or_does_not_last_is_found() {
    found(&[
        ("lends_a_name", "names::attribute_capsule_is_importable", "returned something else from imported"),
        ("misnames_its_table", "names::declared_name_is_the_one_found", "returned the bytes"),
        ("leaves_its_table_unnamed", "names::declared_name_is_the_one_found", "returned null"),
        ("warns_when_imported", "names::attribute_capsule_is_importable_under_strict_warnings", "ImportError"),
        ("borrows_its_name", "names::name_outlives_its_maker", "returned something else from after"),
        ("frees_its_name", "names::producer_keeps_the_name_of_a_capsule", ""),
        ("keeps_its_name_in_its_state", "lifetime::producer_keeps_a_name_as_long_as_its_capsule", "signal SIGSEGV"),
    ]);
}

#[test]
fn a_table_that_is_not_as_declared_or_does_not_last_is_found() {
    found(&[
        ("leaves_a_slot_empty", "null::producer_fills_every_slot", "returned [16]"),
        ("misstates_its_version", "version::producer_states_its_declared_version", "returned the bytes 01000000"),
        ("counts_its_version", "version::producer_does_not_change_its_version", "returned something else from"),
        (
            "moves_its_table",
            "version::producer_keeps_its_table_in_place",
            "returned something else from second_pointer",
        ),
        ("keeps_its_table_in_its_state", "lifetime::producer_keeps_a_table_as_long_as_its_capsule", "signal SIGSEGV"),
    ]);
}

#[test]
fn a_destructor_that_does_harm_is_found() {
    found(&[
        ("frees_twice", "destructor::producer_frees_its_payload_once", "signal SIGABRT during drop"),
        ("shares_its_payload", "destructor::producer_ends_each_capsule_by_itself", "signal SIGABRT during"),
        ("frees_whatever_the_name", "destructor::producer_frees_only_its_own_name", "signal SIGABRT during drop"),
        ("writes_unraisable_on_itself", "destructor::producer_survives_a_foreign_name", "signal SIGSEGV during drop"),
        ("leaves_an_error", "destructor::producer_destructor_leaves_no_error", "returned \"ValueError\""),
        ("clears_a_pending_error", "destructor::producer_destructor_keeps_a_pending_error", "returned \"none\""),
        ("leaks_its_payload", "destructor::producer_releases_what_it_opened", "returned something else from after"),
        ("leaks_when_unconsumed", "destructor::producer_releases_what_it_opened", "returned something else from after"),
        ("leaks_with_each_capsule", "destructor::producer_rounds_grow_nothing", "returned more than 500"),
        ("imports_in_its_destructor", "destructor::producer_survives_interpreter_exit", "signal SIGSEGV"),
    ]);
}

#[test]
fn an_export_that_breaks_its_protocol_is_found() {
    found(&[
        ("deletes_with_the_interpreter", "protocols::payload_can_be_given_back_on_any_thread", "signal SIGABRT"),
        ("fails_at_the_end_of_its_stream", "protocols::stream_can_be_read_to_its_end", "returned 34"),
        ("leaves_the_shape_out", "protocols::producer_fills_its_struct", "returned [\"shape\"]"),
        ("lends_its_data", "protocols::tensor_outlives_its_capsule", "returned something else from after"),
    ]);
}

#[test]
fn a_capsule_that_only_its_own_import_leads_to_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join("outer");
    fs::create_dir(&package).expect("a package");
    fs::write(package.join("__init__.py"), "").expect("written");
    extension::build("inner", &package);
    let run = run_built(folder, "outer.inner", &["--strict", "--case", "names::attribute_capsule_is_importable*"]);
    run.ends_with(1, "names::attribute_capsule_is_importable_cold fail AttributeError");
    assert!(run.findings().iter().all(|it| !it.starts_with("names::attribute_capsule_is_importable fail")));
}
