//! Every mistake in the data is reported with its path, its line and what was probably meant.
//!
//! The suite as it is, with one file changed, must not load.

use capsule_conformance::{catalogue, embedded};

use crate::files;

const CASE: &str = "suite/cases/wrong_name/consumer_refuses_a_foreign_handle.toml";
const ROWS: &str = "suite/cases/names/consumer_refuses_similar_names.toml";
const INTERPRETER: &str = "suite/interpreters/cpython.toml";
const DEFECT: &str = "c_fixtures/defects/reads_back_the_name.c";
const STEPS: &str = "suite/vocabulary/steps.toml";
const TABLES: &str = "suite/vocabulary/tables.toml";

/// What the catalogue says of the suite with this text in place of that file.
fn mistakes_with(path: &str, text: &str) -> String {
    let files = embedded::FILES.iter().map(|(it, bytes)| (*it, if *it == path { text.as_bytes() } else { bytes }));
    catalogue::load(files).err().map(|error| error.to_string()).unwrap_or_default()
}

#[track_caller]
fn assert_said(path: &str, text: &str, wanted: &str) {
    let said = mistakes_with(path, text);
    assert!(said.contains(wanted), "wanted:\n{wanted}\nsaid:\n{said}");
}

/// The file with its first line that contains `from` replaced, and the number of that line.
fn changed(path: &str, from: &str, to: &str) -> (String, usize) {
    let original = files::text(path);
    let at = original.lines().position(|line| line.contains(from)).unwrap_or_else(|| panic!("no `{from}` in {path}"));
    let lines = original.lines().enumerate().map(|(index, line)| if index == at { to } else { line });
    (lines.map(|line| format!("{line}\n")).collect(), at + 1)
}

#[track_caller]
fn assert_mistake(path: &str, from: &str, to: &str, wanted: &str) {
    let (text, line) = changed(path, from, to);
    assert_said(path, &text, &format!("{path}:{line}: {wanted}"));
}

#[track_caller]
fn assert_addition(path: &str, addition: &str, wanted: &str) {
    assert_said(path, &format!("{}\n{addition}\n", files::text(path)), wanted);
}

#[test]
fn the_suite_as_it_is_has_none() {
    assert_eq!(mistakes_with("", ""), "");
}

#[test]
fn a_misspelt_key_is_answered_with_the_nearest() {
    assert_mistake(CASE, "summary", "summry = \"…\"", "unknown key `summry`; did you mean `summary`?");
}

#[test]
fn an_unknown_step_is_answered_with_the_nearest() {
    assert_mistake(
        CASE,
        "step = \"make\"",
        "step = \"mkae\"",
        "unknown step `mkae` for Producer; did you mean `make`?",
    );
}

#[test]
fn an_unknown_argument_is_answered_with_the_nearest() {
    assert_mistake(CASE, "kind = ", "kid = \"handle\"", "step `make` has no `kid`; did you mean `kind`?");
}

#[test]
fn a_missing_argument_is_named() {
    assert_said(CASE, &changed(CASE, "kind = ", "").0, "step `make` needs `kind`");
}

#[test]
fn a_case_that_binds_a_side_needs_a_defect() {
    let text = files::text(CASE).split("[[catches]]").next().expect("a head");
    assert_said(CASE, text, "binds a side, so it needs a `[[catches]]` with a defect fixture that fails it");
}

#[test]
fn a_defect_that_does_not_exist_is_answered_with_the_nearest() {
    let wanted = "catches `reads_back_a_name`, which is no defect fixture of c_fixtures/ or rust_fixtures/; \
                  did you mean `reads_back_the_name`?";
    assert_mistake(CASE, "consumer = \"reads_back_the_name\"", "consumer = \"reads_back_a_name\"", wanted);
}

#[test]
fn a_defect_has_to_say_which_case_it_breaks() {
    let (text, line) =
        changed(DEFECT, "wrong_name::consumer_refuses_a_foreign_handle", "//!   \"names::no_such_case\",");
    assert_said(DEFECT, &text, &format!("{DEFECT}:{line}: breaks `names::no_such_case`, which is no case"));
    assert_said(DEFECT, &text, &format!("catches `reads_back_the_name`, but {DEFECT} does not say that it breaks"));
}

#[test]
fn a_case_has_to_list_what_breaks_it() {
    let other = "//!   \"names::runtime_repr_shows_the_name\",";
    let (text, line) = changed(DEFECT, "wrong_name::consumer_refuses_a_foreign_handle", other);
    let wanted = "breaks `names::runtime_repr_shows_the_name`, which does not list it under `[[catches]]`";
    assert_said(DEFECT, &text, &format!("{DEFECT}:{line}: {wanted}"));
}

#[test]
fn a_clean_fixture_that_does_not_exist_is_answered_with_the_nearest() {
    let wanted = "`fast_maths` is no clean fixture of that side, or no build of one; did you mean `fast_math`?";
    assert_mistake(CASE, "producers", "producers = [\"fast_maths\"]", wanted);
}

#[test]
fn a_convention_that_does_not_exist_is_answered_with_the_nearest() {
    let given = "[given]\nconventions = [\"atribute\"]";
    let (text, line) = changed(CASE, "[given]", given);
    let wanted = "`atribute` is no convention; did you mean `attribute`?";
    assert_said(CASE, &text, &format!("{CASE}:{}: {wanted}", line + 1));
}

#[test]
fn a_placeholder_has_to_stand_for_something() {
    let (text, line) = changed(CASE, "raises", "raises = \"{consumer.wrong_error}\"");
    assert_said(CASE, &text, &format!("{CASE}:{line}: `{{consumer.wrong_error}}` stands for nothing known"));
}

#[test]
fn a_label_has_to_be_of_an_earlier_step() {
    let (text, line) = changed(CASE, "capsule = \"{capsule}\"", "capsule = \"{capsle}\"");
    assert_said(CASE, &text, &format!("{CASE}:{line}: no earlier step is called `capsle`"));
    let (text, line) = changed(CASE, "capsule = \"{capsule}\"", "capsule = \"{capsule}\"\nunless = \"imprt\"");
    let line = line + 1;
    assert_said(CASE, &text, &format!("{CASE}:{line}: `unless` names `imprt`, but no earlier step is called so"));
}

#[test]
fn an_expectation_has_to_be_about_a_step() {
    let text = files::text(CASE).replace("[[catches]]", "[[then]]\nstep = \"tkae\"\nreturns = 1\n[[catches]]");
    assert_said(CASE, &text, "`[[then]]` speaks of `tkae`, but no step is called so");
}

#[test]
fn the_rows_of_a_case_have_the_same_keys() {
    assert_addition(ROWS, "[rows.another]\nunheard_of = 1", "every row of a case has the same keys");
}

#[test]
fn a_row_that_is_caught_has_to_exist() {
    let addition = "[[catches]]\nconsumer = \"compares_prefixes\"\nrows = [\"no_such_row\"]\nseen = \"…\"";
    assert_addition(ROWS, addition, "`[[catches]]` names row `no_such_row`, which does not exist");
}

#[test]
fn a_requirement_needs_its_source() {
    assert_said(CASE, &changed(CASE, "spec", "").0, "missing field `spec`");
    assert_mistake(CASE, "spec", "spec = \"the manual\"", "`spec` must be an https:// address");
}

#[test]
fn a_deadline_is_a_time_to_work_in() {
    for never in ["0.0", "-1.0", "nan"] {
        let (text, _) = changed(CASE, "[given]", &format!("[given]\ndeadline = {never}"));
        assert_said(CASE, &text, "`deadline` is a positive number of seconds");
    }
}

#[test]
fn a_difference_has_to_be_about_a_case() {
    let addition = "[[difference]]\ncase = \"names::runtime_repr_shows_a_name\"\nseen = \"x\"\nreason = \"y\"\n\
                    link = \"https://example.org\"";
    let wanted = "a difference names the case `names::runtime_repr_shows_a_name`, which does not exist; \
                  did you mean `names::runtime_repr_shows_the_name`?";
    assert_addition(INTERPRETER, addition, wanted);
}

#[test]
fn a_difference_needs_a_link() {
    let addition =
        "[[difference]]\ncase = \"names::runtime_repr_shows_the_name\"\nseen = \"seen here\"\nreason = \"y\"";
    assert_addition(INTERPRETER, addition, "a difference needs a `link`");
}

#[test]
fn a_difference_has_to_name_rows_that_exist() {
    let addition = "[[difference]]\ncase = \"names::consumer_refuses_similar_names\"\nrows = [\"no_such_row\"]\n\
                    seen = \"x\"\nreason = \"y\"\nlink = \"https://example.org\"";
    assert_addition(INTERPRETER, addition, "a difference names row `no_such_row` of");
}

#[test]
fn the_header_of_a_fixture_is_checked_too() {
    assert_mistake(DEFECT, "//! summary", "//! sumary = \"…\"", "unknown key `sumary`; did you mean `summary`?");
    assert_said(DEFECT, "// no header\n", &format!("{DEFECT}:1: has no header"));
    let harmless = "//! role = \"consumer\"\n//! summary = \"…\"\n";
    assert_said(DEFECT, harmless, "is in defects/ but breaks nothing");
}

#[test]
fn the_vocabulary_is_checked_too() {
    assert_mistake(STEPS, "phase   = ", "pahse = \"make\"", "unknown key `pahse`; did you mean `phase`?");
}

#[test]
fn the_known_tables_are_checked_too() {
    assert_mistake(TABLES, "[table.ages.zero]", "[table.ages.nought]", "`nought` is no age of a table");
    let (text, line) = changed(TABLES, "answer = 0 }", "edits = [{ offset = 0 }]");
    assert_said(TABLES, &text, &format!("{TABLES}:{}: each of `edits` has exactly one", line - 1));
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let (case, _) = changed(CASE, "summary", "summry = \"…\"");
    let (defect, _) = changed(DEFECT, "//! summary", "//! sumary = \"…\"");
    let files = embedded::FILES.iter().map(|(path, bytes)| match *path {
        CASE => (*path, case.as_bytes()),
        DEFECT => (*path, defect.as_bytes()),
        _ => (*path, *bytes),
    });
    let said = catalogue::load(files).expect_err("two files are wrong").to_string();
    assert!(said.contains("`summry`") && said.contains("`sumary`"), "{said}");
}
