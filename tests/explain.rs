//! What `explain` says of each case, and that `docs/cases` says the same.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use capsule_conformance::explain::{self, Language, Reader};
use capsule_conformance::model::{Binds, Build, Case, Catalogue};

/// Exit code, stdout and stderr of the program.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance")).args(arguments).output();
    let output = output.expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn has_fixture(suite: &Catalogue, case: &Case, rust: bool) -> bool {
    let stems: Vec<&String> = case.catches.iter().map(|catch| &catch.stem).collect();
    let of_case = suite.fixtures.iter().filter(|it| stems.contains(&&it.stem));
    of_case.flat_map(|it| &it.builds).any(|build: &Build| build.is_rust() == rust)
}

#[test]
fn every_case_that_binds_a_side_has_wrong_and_right_code() {
    let suite = support::suite();
    for case in &suite.cases {
        let examples = explain::examples(&suite, case);
        for (language, rust) in [(Language::C, false), (Language::Rust, true)] {
            let example = examples.iter().find(|it| it.language == language);
            assert_eq!(example.is_some(), has_fixture(&suite, case, rust), "{} in {language:?}", case.id);
            let Some(example) = example else { continue };
            assert!(example.wrong.1.contains('}'), "{}: {} is no code", case.id, example.wrong.0);
            assert!(!example.right.is_empty(), "{}: nothing is found that does {} right", case.id, example.wrong.0);
            for (path, code) in &example.right {
                assert!(!path.contains("/defects/"), "{}: {path} is no clean code", case.id);
                let braces = |brace: char| code.matches(brace).count();
                assert!(braces('{') > 0 && braces('{') == braces('}'), "{}: cut amiss from {path}:\n{code}", case.id);
            }
        }
        assert!(case.binds == Binds::Runtime || !examples.is_empty(), "{} has no example", case.id);
    }
}

#[test]
fn an_example_is_a_piece_of_a_file_that_the_suite_builds() {
    let suite = support::suite();
    let mut pieces = 0;
    for case in &suite.cases {
        for example in explain::examples(&suite, case) {
            let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&example.wrong.0));
            assert!(text.expect("the defect is there").contains(&example.wrong.1), "{}", example.wrong.0);
            for (path, code) in &example.right {
                let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("it is there");
                for line in code.lines() {
                    assert!(text.contains(line), "{path} has no `{line}`");
                    pieces += 1;
                }
            }
        }
    }
    assert!(pieces > 1000, "only {pieces} lines of right code are shown");
}

#[test]
fn a_page_says_all_that_a_case_says() {
    let suite = support::suite();
    for case in &suite.cases {
        let page = explain::page(&suite, case, Reader::Terminal);
        let steps = case.when.iter().map(|it| &it.verb);
        let expected = case.then.iter().flat_map(|it| [&it.step, &it.event, &it.end, &it.cause, &it.message]);
        let expected = expected.flatten().filter(|word| *word != "none");
        let rows = case.rows.iter().filter_map(|it| it.name.as_ref());
        let proof = case.catches.iter().flat_map(|it| [&it.stem, &it.seen]);
        for word in steps.chain(expected).chain(rows).chain(proof).chain([&case.why, &case.spec, &case.id]) {
            assert!(page.contains(word.as_str()), "the page of {} does not say `{word}`", case.id);
        }
        for difference in suite.differences.iter().filter(|it| it.case == case.id) {
            assert!(page.contains(&difference.reason), "the page of {} leaves out a difference", case.id);
        }
        assert!(!page.contains("\n\n\n") && page.ends_with('\n'), "the page of {} has loose lines", case.id);
    }
}

#[test]
fn the_documents_of_the_cases_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cases");
    let again = "write them again with `cargo run -- explain --write docs/cases`";
    let wanted: BTreeMap<PathBuf, String> =
        explain::documents(&support::suite()).into_iter().map(|(path, text)| (folder.join(path), text)).collect();
    for (path, text) in &wanted {
        let found = fs::read_to_string(path).unwrap_or_default();
        assert!(found == *text, "{} is not up to date; {again}", path.display());
    }
    for folder in fs::read_dir(&folder).expect("docs/cases is there").map(|it| it.expect("an entry").path()) {
        for page in fs::read_dir(&folder).into_iter().flatten().map(|it| it.expect("an entry").path()) {
            assert!(wanted.contains_key(&page), "{} is of no case; remove it", page.display());
        }
    }
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cases");
    for (path, text) in explain::documents(&support::suite()) {
        let page = root.join(path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = page.parent().expect("a folder").join(link);
            assert!(file.exists(), "{}: the link to {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn a_case_is_found_by_its_id_by_the_end_of_it_and_by_what_a_report_says() {
    let id = "names::attribute_capsule_is_importable";
    let (code, page, _) = run(&["explain", id]);
    assert_eq!(code, Some(0));
    assert!(page.starts_with(&format!("# {id}\n")) && page.contains("## Wrong in C\n"), "{page}");
    for asked in ["attribute_capsule_is_importable", "names::attribute_capsule_is_importable[a_row]/-/x@y/cpython"] {
        assert_eq!(run(&["explain", asked]).1, page, "{asked}");
    }
}

#[test]
fn a_pattern_explains_each_case_that_it_matches() {
    let (code, pages, _) = run(&["explain", "names::attribute_*"]);
    assert_eq!(code, Some(0));
    assert_eq!(pages.lines().filter(|line| line.starts_with("# names::attribute_")).count(), 3, "{pages}");
}

#[test]
fn what_is_no_case_is_answered_with_the_nearest() {
    for asked in ["names::attribute_capsule_is_importible", "attribute_capsule_is_importible"] {
        let (code, out, err) = run(&["explain", asked]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains("the nearest is `names::attribute_capsule_is_importable`"), "{err}");
    }
    for asked in ["nothing::*", ""] {
        let (code, _, err) = run(&["explain", asked]);
        assert_eq!(code, Some(2), "{err}");
    }
    let (code, _, err) = run(&["explain", "importable"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("`importable` may be `names::attribute_capsule_is_importable` or "), "{err}");
}

#[test]
fn the_documents_are_written_where_they_are_wanted() {
    let folder = tempfile::tempdir().expect("a private folder");
    let path = folder.path().join("new/cases").display().to_string();
    assert_eq!(run(&["explain", "--write", &path]), (Some(0), String::new(), String::new()));
    for (path, text) in explain::documents(&support::suite()) {
        assert_eq!(fs::read_to_string(folder.path().join("new/cases").join(&path)).expect(&path), text);
    }
    assert_eq!(run(&["explain"]).0, Some(2));
}
