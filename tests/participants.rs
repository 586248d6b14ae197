//! Participants from outside: folders with a manifest and a command, made and paired by the program.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

/// What the program said, and how it ended.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
    results: Vec<Value>,
}

fn run(folder: &TempDir, options: &[&str]) -> Run {
    let formats = ["--format", "text", "--format", "json=report.json"];
    let output = support::program(folder.path(), &[&formats, options].concat()).output();
    let output = output.expect("the program starts");
    let report = fs::read(folder.path().join("report.json")).unwrap_or_default();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    Run {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
        results: report["results"].as_array().cloned().unwrap_or_default(),
    }
}

impl Run {
    #[track_caller]
    fn ends_with(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert!(self.out.contains(words) || self.err.contains(words), "no `{words}` in\n{}{}", self.out, self.err);
    }
}

fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a private folder");
    for (path, text) in files {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a private folder can be written");
        fs::write(file, text).expect("a private folder can be written");
    }
    folder
}

/// The folders that docs/participant.md shows: each block begins with the name of its file.
fn documented() -> TempDir {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/participant.md"));
    let text = text.expect("docs/participant.md is there");
    let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n').map(|it| it.1));
    let blocks: Vec<(&str, &str)> = blocks.filter_map(named).collect();
    assert_eq!(blocks.len(), 5, "docs/participant.md is not read as it should be");
    folder_of(&blocks)
}

/// The file that a block begins with the name of, and what is in it.
fn named(block: &str) -> Option<(&str, &str)> {
    let (name, text) = block.split_once('\n')?;
    Some((name.strip_prefix("# ").or_else(|| name.strip_prefix("// "))?, text))
}

#[test]
fn the_documented_one_in_c_meets_every_consumer_and_is_conformant() {
    let folder = documented();
    let first = run(&folder, &["--participant", "quick_math"]);
    first.ends_with(0, "conformant");
    assert!(first.results.iter().all(|it| it["producer"] == "quick_math@outside"), "{}", first.out);
    for build in ["c_single_phase", "c_multi_phase", "c_abi3", "rust_pyo3", "rust_ffi"] {
        let consumer = format!("renderer@{build}");
        assert!(first.results.iter().any(|it| it["consumer"] == consumer && it["verdict"] == "pass"), "no {consumer}");
    }
    // Nothing was written into it, and nothing is made twice.
    let entries = fs::read_dir(folder.path().join("quick_math")).expect("the folder is there").count();
    assert_eq!(entries, 2);
    let again = run(&folder, &["--participant", "quick_math", "--case", "names::attribute_capsule_is_importable"]);
    again.ends_with(0, "built 0 modules");
}

#[test]
fn the_documented_one_in_rust_is_made_by_cargo_and_conformant() {
    let run = run(&documented(), &["--participant", "rusty_math"]);
    run.ends_with(0, "conformant");
    let passed = run.results.iter().filter(|it| it["verdict"] == "pass").count();
    assert!(passed > 100, "{passed} passes\n{}", run.out);
}

#[test]
fn a_defective_one_is_found_and_the_rerun_line_repeats_it() {
    let folder = documented();
    let source = folder.path().join("quick_math/quick_math.c");
    let clean = fs::read_to_string(&source).expect("the example");
    fs::write(&source, clean.replace("pointer, name, NULL", "pointer, attribute, NULL")).expect("it can be written");
    let case = "names::attribute_capsule_is_importable";
    let found = run(&folder, &["--participant", "quick_math", "--case", case]);
    found.ends_with(1, "quick_math");
    assert!(found.results.iter().any(|it| it["case"] == case && it["verdict"] == "fail"), "{}", found.out);
    let line = found.out.lines().find_map(|line| line.trim().strip_prefix("rerun")).expect("a rerun line").trim();
    let pairing = line.strip_prefix("capsule-conformance --participant quick_math --pairing ").expect("that folder");
    run(&folder, &["--participant", "quick_math", "--pairing", pairing]).ends_with(1, "1 pairing ");
}

#[test]
fn two_from_outside_meet_each_other() {
    let folder = documented();
    let consumer = folder.path().join("quick_renderer");
    fs::create_dir(&consumer).expect("a folder");
    let manifest = "role = \"consumer\"\nstem = \"quick_renderer\"\nsummary = \"Takes what it is handed\"\n\
                    command = \"make\"\nexercise = \"quick_renderer.render(1.0)\"\n[[consumes]]\n\
                    capsule = \"fast_math._C_API\"\ntrigger = \"quick_renderer.render(1.0)\"\n";
    let rule = "all:\n\tcc -shared -fPIC -DFIXTURE_MODULE=quick_renderer -I../suite/c_fixtures/include \
                -I../suite/suite/probe own.c -o $(OUTPUT) -lm\n";
    for (name, text) in [("participant.toml", manifest), ("Makefile", rule), ("own.c", "#include \"consumer.h\"\n")] {
        fs::write(consumer.join(name), text).expect("it can be written");
    }
    let both = ["--participant", "quick_math", "--participant", "quick_renderer"];
    let run = run(&folder, &[&both[..], &["--case", "wrong_name::*"]].concat());
    run.ends_with(0, "conformant");
    let met = |it: &&Value| it["producer"] == "quick_math@outside" && it["consumer"] == "quick_renderer@outside";
    assert!(run.results.iter().any(|it| met(&it) && it["verdict"] == "pass"), "{}", run.out);
}

#[test]
fn a_folder_without_a_manifest_is_wrong_configuration() {
    let folder = folder_of(&[("empty/readme", "")]);
    run(&folder, &["--participant", "empty"]).ends_with(2, "cannot read empty/participant.toml: ");
}

/// The producer of the documents with another line in its manifest.
fn with(line: &str, instead: &str) -> TempDir {
    let folder = documented();
    let file = folder.path().join("quick_math/participant.toml");
    let text = fs::read_to_string(&file).expect("the example");
    assert_eq!(text.matches(line).count(), 1, "{line}");
    fs::write(file, text.replace(line, instead)).expect("it can be written");
    folder
}

#[track_caller]
fn assert_refused(line: &str, instead: &str, words: &str) {
    run(&with(line, instead), &["--participant", "quick_math"]).ends_with(2, words);
}

#[test]
fn a_mistake_in_its_manifest_is_told_with_its_line() {
    let stem = "stem    = \"quick_math\"";
    let place = "quick_math/participant.toml";
    assert_refused(stem, "steem = \"a\"", &format!("{place}:2: unknown key `steem`; did you mean `stem`?"));
    assert_refused(stem, "", "needs a `stem`");
    assert_refused(stem, "stem = \"quick.math\"", &format!("{place}:2: needs a `stem`"));
    assert_refused(stem, &format!("{stem}\nbreaks = [\"a::b\"]"), &format!("{place}:3: `breaks` is for the suite's"));
    assert_refused(stem, &format!("{stem}\nlacks = [\"renmae\"]"), "no verb of that side; did you mean `rename`?");
    let attribute = "attribute = \"quick_math.fast_sin\"";
    assert_refused(attribute, "name = \"x\"", "each `[[produces]]` has exactly one of `attribute` and `factory`");
    let twice = documented();
    let answer = run(&twice, &["--participant", "quick_math", "--participant", "./quick_math"]);
    answer.ends_with(2, "`quick_math` is the stem of another --participant");
}

#[test]
fn a_command_is_needed_and_one_that_fails_is_told_in_its_own_words() {
    let command = "command = \"cc -std=c11 ";
    let one = ["--participant", "quick_math", "--case", "names::attribute_capsule_is_importable"];
    assert_refused(command, "summary2 = \"", "unknown key `summary2`");
    let compiler = run(&with(command, "command = \"cc -DPyCapsule_New=0 "), &one);
    compiler.ends_with(3, "the command of quick_math failed (exit status: 1):");
    assert!(compiler.out.contains("error: "), "{}", compiler.out);
    run(&with(command, "command = \"true "), &one).ends_with(3, "the command of quick_math made no file at $OUTPUT");
}

/// A module that knows nothing of the suite, with more lines in its manifest.
fn without_verbs(more: &str) -> TempDir {
    let manifest = "role = \"producer\"\nstem = \"clean_target\"\nsummary = \"Keeps a capsule\"\n\
                    command = \"cc -shared -fPIC clean_target.c -o $OUTPUT\"\n";
    let produces = "[[produces]]\nattribute = \"clean_target._C_API\"\n";
    let manifest = format!("{manifest}{more}\n{produces}");
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets");
    let source = |name: &str| fs::read_to_string(targets.join(name)).expect("a source");
    let (code, header) = (source("clean_target.c"), source("target.h"));
    folder_of(&[("own/participant.toml", &manifest), ("own/clean_target.c", &code), ("own/target.h", &header)])
}

#[test]
fn a_verb_that_is_not_there_is_named() {
    let missing = run(&without_verbs(""), &["--participant", "own", "--case", "wrong_name::*"]);
    missing.ends_with(3, "clean_target has no `make`; write it, or name it in `lacks` of its manifest");
    assert!(missing.results.iter().all(|it| it["verdict"] != "fail"), "{}", missing.out);
}

#[test]
fn who_lacks_every_verb_meets_what_is_about_the_capsules_it_keeps() {
    let verbs = support::suite().vocabulary.producer;
    let lacks: Vec<String> = verbs.keys().map(|verb| format!("{verb:?}")).collect();
    let run = run(&without_verbs(&format!("lacks = [{}]", lacks.join(", "))), &["--participant", "own"]);
    run.ends_with(0, "conformant");
    assert!(run.results.iter().any(|it| it["verdict"] == "pass"), "{}", run.out);
}
