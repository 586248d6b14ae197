//! Runs the program on modules of somebody else that take capsules: the right ones are conformant, the wrong ones found.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::extension;

/// One run on modules of `tests/targets`.
struct Run {
    code: i32,
    text: String,
    report: Value,
}

/// Runs the program on the first module, with the others beside it.
fn run(modules: &[&str], manifest: &str, options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    for module in modules {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(format!("{module}.py"));
        fs::copy(&file, folder.path().join(format!("{module}.py"))).expect("a module");
    }
    run_in(folder.path(), modules[0], manifest, options)
}

/// Runs the program on a fixture as if it were somebody's consumer, beside the producer that makes good capsules.
fn run_fixture(source: &str, options: &[&str]) -> Run {
    run_fixture_beside("fast_math", source, options)
}

fn run_fixture_beside(producer: &str, source: &str, options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let stem = Path::new(source).file_stem().and_then(|stem| stem.to_str()).expect("a C file");
    extension::build_fixture(&format!("{producer}.c"), producer, folder.path());
    extension::build_fixture(source, stem, folder.path());
    let manifest = support::manifest_of(source).replace("[target]", &format!("[target]\npreload = [\"{producer}\"]"));
    run_in(folder.path(), stem, &manifest, options)
}

fn run_in(folder: &Path, module: &str, manifest: &str, options: &[&str]) -> Run {
    fs::write(folder.join("m.toml"), manifest).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
        .current_dir(folder)
        .args(["--target", module, "--path", ".", "--config", "m.toml"])
        .args(["--format", "text", "--format", "json=report.json"])
        .args(options)
        .arg("--cache")
        .arg(support::cache_folder())
        .env_remove("VIRTUAL_ENV")
        .output()
        .expect("the program starts");
    let report = fs::read(folder.join("report.json"));
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    Run {
        code: output.status.code().expect("a code"),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        report: serde_json::from_slice(&report).expect("JSON"),
    }
}

impl Run {
    /// The results that are not passes, as `case[row] level verdict observed`.
    fn findings(&self) -> Vec<String> {
        let word = |result: &Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
        let results = self.report["results"].as_array().expect("results").iter();
        let found = results.filter(|it| !["pass", "not_applicable"].contains(&it["verdict"].as_str().unwrap_or("")));
        found
            .map(|it| {
                let id = word(it, "id");
                let case = id.split('/').next().unwrap_or_default();
                let said = if it["observed"].is_null() { word(it, "message") } else { word(it, "observed") };
                format!("{case} {} {} {said}", word(it, "level"), word(it, "verdict"))
            })
            .collect()
    }

    #[track_caller]
    fn is_conformant(&self) {
        assert_eq!((self.code, self.findings()), (0, Vec::new()), "{}", self.text);
        assert!(self.report["summary"]["pass"].as_u64() > Some(20), "{}", self.text);
    }

    #[track_caller]
    fn finds(&self, code: i32, finding: &str) {
        let findings = self.findings();
        assert_eq!(self.code, code, "{findings:#?}\n{}", self.text);
        assert!(findings.iter().any(|it| it.starts_with(finding)), "{findings:#?}\n{}", self.text);
    }
}

/// The manifest of a capsule that the function of `takes_capsules` imports.
fn taken(capsule: &str, function: &str, more: &str) -> String {
    let call = format!("takes_capsules.{function}()");
    format!(
        "[target]\nexercise = \"{call}\"\n[[consumes]]\ncapsule = \"{capsule}\"\ntrigger = \"{call}\"\n\
         failure = [\"ImportError\"]\n{more}"
    )
}

const BOTH: &[&str] = &["takes_capsules", "keeps_capsules"];

#[test]
fn a_fault_reaches_a_capsule_wherever_it_is_kept() {
    for (capsule, function) in [
        ("keeps_capsules.api", "attribute"),
        ("keeps_capsules.table['api']", "item"),
        ("keeps_capsules.Holder.api", "of_class"),
    ] {
        let run = run(BOTH, &taken(capsule, function, ""), &["--case", "import_chain::*"]);
        run.is_conformant();
    }
}

#[test]
fn a_fault_that_never_takes_effect_could_not_be_told() {
    for capsule in ["keeps_capsules.nothing", "no_such_module.api"] {
        let run = run(BOTH, &taken(capsule, "attribute", ""), &["--case", "import_chain::*"]);
        run.finds(3, "import_chain::consumer_survives[attribute_absent] must error the fault on ");
    }
}

#[test]
fn a_name_that_is_never_looked_at_is_found() {
    let run = run(BOTH, &taken("keeps_capsules.api", "whatever_its_name", ""), &["--case", "import_chain::*"]);
    run.finds(
        1,
        "import_chain::consumer_survives[misnamed] must fail signal SIGSEGV during trigger: read of the sealed",
    );
}

#[test]
fn a_fault_reaches_the_other_places_of_a_capsule() {
    let modules = &["takes_elsewhere", "keeps_capsules", "_keeps_capsules"];
    let manifest = taken("keeps_capsules.api", "attribute", "").replace("takes_capsules", "takes_elsewhere");
    run(modules, &manifest, &["--case", "import_chain::*"]).is_conformant();
}

#[test]
fn a_class_may_be_named_by_any_of_its_places() {
    let manifest = taken("keeps_capsules.api", "attribute_or_own_error", "");
    let named = |class: &str| manifest.replace("\"ImportError\"", &format!("\"{class}\""));
    run(BOTH, &named("takes_capsules.errors.Missing"), &["--case", "import_chain::*"]).is_conformant();
    let run = run(BOTH, &named("takes_capsules.Errors"), &["--case", "import_chain::*"]);
    run.finds(1, "import_chain::consumer_survives[misnamed] must fail Missing");
}

#[test]
fn what_a_module_does_without_its_own_capsule_is_its_own_business() {
    let call = "keeps_capsules.use()";
    let manifest = format!(
        "[target]\nexercise = \"{call}\"\n[[consumes]]\ncapsule = \"keeps_capsules.api\"\ntrigger = \"{call}\"\n\
         failure = [\"ImportError\"]\n"
    );
    let run = run(&["keeps_capsules"], &manifest, &["--case", "import_chain::*"]);
    run.finds(0, "import_chain::consumer_survives[attribute_absent] info info NameError");
}

#[test]
fn a_failure_that_nobody_hears_of_is_found_without_an_exercise() {
    let manifest = taken("keeps_capsules.api", "swallow", "").replace("exercise = \"takes_capsules.swallow()\"\n", "");
    let run = run(BOTH, &manifest, &["--case", "import_chain::*"]);
    run.finds(0, "import_chain::consumer_reports_a_failure[none] should fail returned null from trigger");
}

#[test]
fn a_panic_at_an_accepted_version_is_found() {
    let table = "[consumes.table]\nlayout = [\"i32 version\"]\nversion = \"version\"\ncurrent = 1\naccepts = \">=1\"\n";
    let manifest = taken("keeps_capsules.versioned", "panics_at_a_later_version", table);
    let run = run(BOTH, &manifest, &["--case", "version::*"]);
    run.finds(1, "version::consumer_survives_every_accepted_version[table_newer] must fail Panic: what is this?");
}

/// The manifest of a capsule that is handed over to a function of `takes_capsules`.
fn handed(function: &str, more: &str) -> String {
    let call = format!("takes_capsules.{function}({{capsule}})");
    format!(
        "[target]\npreload = [\"keeps_capsules\"]\n[[consumes]]\nname = \"mydb.handle\"\ncall = \"{call}\"\n\
         failure = [\"ValueError\", \"ctypes.ArgumentError\"]\n{more}"
    )
}

const GOOD: &str = "good = \"keeps_capsules.capsule(b'mydb.handle')\"\n";

#[test]
fn a_call_is_asked_for_what_it_can_do() {
    let calls = &["--case", "*::call_*"];
    let run_on = |manifest: &str| run(BOTH, manifest, calls);
    let right = run_on(&handed("take", GOOD));
    assert_eq!((right.code, right.findings()), (0, Vec::new()), "{}", right.text);
    let kept = handed("take_over_without_a_trace", &format!("{GOOD}after = \"result.read()\"\n"));
    let kept = run_on(&kept);
    assert_eq!((kept.code, kept.findings()), (0, Vec::new()), "{}", kept.text);
    run_on(&handed("no_such_function", GOOD)).finds(1, "null::call_works_with_a_good_capsule must fail AttributeError");
    run_on(&handed("take", "")).finds(3, "null::call_works_with_a_good_capsule must unverified needs `good`");
    run_on(&handed("take", "good = \"keeps_capsules.nothing()\"\n"))
        .finds(3, "null::call_works_with_a_good_capsule must error what the pairing takes for granted, (good)");
    run_on(&handed("take", &format!("{GOOD}once = true\nused_name = \"used\"\n")))
        .finds(1, "consume_once::call_refuses_what_it_took must fail returned 42 from second");
}

const CALLS: &[&str] = &["--case", "*::call_*"];

#[test]
fn calls_that_look_before_they_take_are_conformant() {
    let run = run_fixture("renderer.c", CALLS);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    assert!(run.report["summary"]["pass"].as_u64() > Some(20), "{}", run.text);
}

#[test]
fn calls_that_take_what_they_should_not_are_found() {
    for (source, finding) in [
        ("checks_only_the_type", "wrong_name::call_refuses_similar_names[in_a_module] must fail returned ["),
        ("compares_prefixes", "wrong_name::call_refuses_similar_names[longer] must fail returned ["),
        ("ignores_case", "wrong_name::call_refuses_similar_names[other_case] must fail returned ["),
        (
            "reads_before_the_check",
            "wrong_name::call_refuses_similar_names[shorter] must fail signal SIGSEGV during call",
        ),
        (
            "renames_a_refused_capsule",
            "wrong_name::call_refuses_similar_names[longer] must fail returned something else",
        ),
        ("takes_what_was_taken", "consume_once::call_refuses_a_used_name must fail returned ["),
        ("never_renames", "consume_once::call_refuses_what_it_took must fail returned ["),
    ] {
        let run = run_fixture(&format!("defects/{source}.c"), CALLS);
        assert!(
            run.findings().iter().any(|it| it.starts_with(finding)),
            "{source}: {:#?}\n{}",
            run.findings(),
            run.text
        );
    }
}

#[test]
fn arguments_of_a_protocol_need_no_words_but_their_name() {
    let run = run_fixture("importer.c", CALLS);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
    assert!(run.report["summary"]["pass"].as_u64() > Some(150), "{}", run.text);
    let passed = |case: &str| {
        let results = run.report["results"].as_array().expect("results").iter();
        results.filter(|it| it["case"] == case && it["verdict"] == "pass").count()
    };
    assert_eq!(passed("null::call_works_with_a_good_capsule"), 6, "{}", run.text);
    // A tensor's protocol says that it can be taken once, and what its capsule is called then.
    assert_eq!(passed("consume_once::call_refuses_what_it_took"), 2, "{}", run.text);
    assert_eq!(passed("consume_once::call_refuses_a_used_name"), 2, "{}", run.text);
}

#[test]
fn a_protocol_is_switched_off_by_its_own_word() {
    let manifest = "[target]\n[[consumes]]\nname = \"dltensor\"\nprotocol = \"none\"\n\
                    call = \"takes_capsules.take({capsule})\"\n";
    let run = run(BOTH, manifest, CALLS);
    run.finds(3, "null::call_works_with_a_good_capsule must unverified needs `good`");
    assert!(!run.text.contains("protocols::"), "{}", run.text);
}

#[test]
fn a_payload_that_is_refused_could_not_be_told() {
    let manifest = "[target]\n[[consumes]]\nname = \"dltensor_versioned\"\ncall = \"takes_capsules.take({capsule})\"\n";
    let run = run(BOTH, manifest, CALLS);
    run.finds(3, "null::call_works_with_a_good_capsule must error the call has no use for the payload");
    assert!(run.findings().iter().all(|it| !it.contains(" fail ")), "{:#?}", run.findings());
}

#[test]
fn calls_that_break_a_protocol_are_found() {
    for (source, finding) in [
        ("keeps_what_it_took", "gives_back_what_it_took must fail returned 1 from held"),
        ("leaves_a_tensor_its_name", "survives_a_second_use must fail signal SIGSEGV during second: read of the freed"),
        ("copies_a_struct", "survives_a_second_use must fail released: 3 time(s)"),
        ("moves_released_structs", "survives_a_released_struct must fail signal SIGSEGV during call"),
        ("takes_released_for_empty", "refuses_a_released_struct info info returned 0 from call"),
        ("takes_released_for_empty", "refuses_what_it_moved_out must fail returned 0 from second"),
        ("takes_a_failure_for_the_end", "reports_a_failing_stream[fails_later] must fail returned 1 from failures"),
        ("formats_a_missing_text", "reports_a_failing_stream[next_fails_silently] must fail signal SIGSEGV during"),
        ("keeps_a_failed_stream", "reports_a_failing_stream[schema_fails] must fail returned 1 from held"),
        ("hides_why_a_stream_failed", "tells_why_a_stream_failed[next_fails] should fail OSError: the stream failed"),
        ("reads_any_version_of_a_tensor", "refuses_a_later_major_version must fail signal SIGSEGV during call: read"),
        ("keeps_a_refused_tensor", "refuses_a_later_major_version must fail returned 1 from held"),
        ("ignores_a_failed_rename", "survives_a_failing_call[rename_fails] info info signal SIGSEGV during drop"),
        (
            "trusts_a_second_look",
            "survives_a_failing_call[second_pointer_fails] should fail signal SIGSEGV during call",
        ),
        ("wants_an_equal_minor_version", "accepts_a_later_minor_version should fail BufferError"),
    ] {
        let run = run_fixture(&format!("defects/{source}.c"), CALLS);
        let finding = format!("protocols::call_{finding}");
        assert!(
            run.findings().iter().any(|it| it.starts_with(&finding)),
            "{source}: {:#?}\n{}",
            run.findings(),
            run.text
        );
    }
}

/// A run of the cases about versions on a function of `takes_tables`, for which the manifest declares no table.
fn run_on_a_table(capsule: &str, function: &str) -> Run {
    let call = format!("takes_tables.{function}()");
    let manifest = format!(
        "[target]\nexercise = \"{call}\"\n[[consumes]]\ncapsule = \"{capsule}\"\ntrigger = \"{call}\"\n\
         unnamed = {}\nfailure = [\"ImportError\"]\n",
        capsule.ends_with("_ARRAY_API")
    );
    run(&["takes_tables", "keeps_tables"], &manifest, &["--case", "version::*"])
}

const TABLES: [&str; 2] = ["keeps_tables._ARRAY_API", "pyexpat.expat_CAPI"];

#[test]
fn tables_that_say_how_old_they_are_need_no_declaration() {
    for (capsule, function, passes) in [(TABLES[0], "array", 2), (TABLES[1], "expat", 5)] {
        let run = run_on_a_table(capsule, function);
        assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.text);
        assert_eq!(run.report["summary"]["pass"].as_u64(), Some(passes), "{}", run.text);
    }
}

#[test]
fn who_does_not_look_how_old_a_table_is_is_found() {
    let [array, expat] = TABLES;
    for (capsule, function, code, finding) in [
        (array, "array_without_a_look", 1, "[table_zero] must fail trap: "),
        (array, "array_without_its_abi", 0, "[table_too_new] info info trap: "),
        (expat, "expat_of_any_version", 1, "[table_zero] must fail trap: "),
        (
            expat,
            "expat_of_any_size",
            1,
            "[table_short] must fail signal SIGSEGV during trigger: read of the live payload",
        ),
        (expat, "expat_copied_first", 1, "[table_truncated] must fail signal SIGSEGV during trigger: read of the live"),
    ] {
        let finding = format!("version::consumer_survives_a_refusable_table{finding}");
        run_on_a_table(capsule, function).finds(code, &finding);
    }
}

#[test]
fn what_a_consumer_does_when_its_capsule_is_gone_is_worth_knowing() {
    let run = |source: &str| run_fixture_beside("heap_math", source, &["--case", "lifetime::consumer_*"]);
    let clean = run("heap_renderer.c");
    assert_eq!((clean.code, clean.findings()), (0, Vec::new()), "{}", clean.text);
    assert_eq!(clean.report["summary"]["pass"], 3, "{}", clean.text);
    let defect = run("defects/lets_its_table_go.c");
    for case in ["outlives_what_it_imported[attribute_deleted]", "reads_no_table_that_is_gone[table_same]"] {
        let seen = "info info signal SIGSEGV during again: read of the freed payload";
        defect.finds(0, &format!("lifetime::consumer_{case} {seen}"));
    }
}

/// What can differ between two equal runs is left out: durations.
fn verdicts(run: &Run) -> Vec<String> {
    let results = run.report["results"].as_array().expect("results").iter();
    results.map(|it| format!("{} {} {} {}", it["id"], it["verdict"], it["observed"], it["message"])).collect()
}

#[test]
fn the_same_run_twice_gives_the_same_verdicts() {
    let manifest = taken("keeps_capsules.api", "whatever_its_name", "");
    let both = || run(BOTH, &manifest, &["--case", "import_chain::*"]);
    let (first, second) = (both(), both());
    assert_eq!(verdicts(&first), verdicts(&second));
    assert!(first.findings().len() > 5, "{}", first.text);
    let both = || run_fixture("defects/ignores_a_failed_import.c", &["--case", "import_chain::*"]);
    let (first, second) = (both(), both());
    assert_eq!(verdicts(&first), verdicts(&second));
    assert!(first.findings().len() > 5, "{}", first.text);
}

#[test]
fn what_differs_from_run_to_run_is_told_with_counts() {
    let run = run(
        BOTH,
        &taken("keeps_capsules.api", "flips", ""),
        &["--case", "import_chain::consumer_survives", "--jobs", "1"],
    );
    let flips = run.findings().into_iter().filter(|it| it.contains("differs from run to run: ")).count();
    assert!(run.code == 1 && flips > 0, "{:#?}\n{}", run.findings(), run.text);
}
