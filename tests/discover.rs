//! What the program finds in somebody's module without being told: the inventory, and the manifest that comes of it.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::extension;
use tempfile::TempDir;

/// A folder with these modules of `tests/targets` in it.
fn folder(modules: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for module in modules {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(format!("{module}.py"));
        if python.exists() {
            fs::copy(&python, folder.path().join(format!("{module}.py"))).expect("copied");
        } else {
            extension::build(module, folder.path());
        }
    }
    folder
}

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

fn program(folder: &TempDir, arguments: &[&str]) -> Answer {
    let mut command = support::program(folder.path(), arguments);
    let output: Output = command.args(["--path", "."]).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
    Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[track_caller]
fn discover(folder: &TempDir, module: &str) -> Answer {
    program(folder, &["discover", "--target", module])
}

/// Runs with the manifest that was found, and gives the report's records of what the targets make.
#[track_caller]
fn run_with(folder: &TempDir, manifest: &str, options: &[&str]) -> (Answer, Vec<Value>) {
    fs::write(folder.path().join("found.toml"), manifest).expect("written");
    let arguments = [&["--config", "found.toml", "--format", "text", "--format", "json=report.json"], options].concat();
    let answer = program(folder, &arguments);
    let report = fs::read(folder.path().join("report.json")).unwrap_or_else(|_| panic!("{}{manifest}", answer.err));
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let targets = report["targets"].as_array().expect("targets").clone();
    (answer, targets)
}

#[test]
fn what_was_found_in_a_clean_module_is_a_manifest_that_it_meets() {
    let folder = folder(&["clean_target"]);
    let found = discover(&folder, "clean_target");
    assert_eq!(found.code, Some(0), "{}", found.err);
    assert!(
        found.err.contains("clean_target._C_API  \"clean_target._C_API\"  attribute   attribute  -"),
        "{}",
        found.err
    );
    assert!(found.err.contains("clean_target.so  clean_target.so"), "{}", found.err);
    let (run, targets) = run_with(&folder, &found.out, &[]);
    assert_eq!(run.code, Some(0), "{}\n{}", run.out, found.out);
    assert_eq!(targets[0]["produces"][0]["path"], "clean_target._C_API");
}

#[test]
fn a_manifest_of_several_targets_loads_too() {
    let folder = folder(&["clean_target", "keeps_unready_types"]);
    let arguments = ["discover", "--target", "clean_target", "--target", "keeps_unready_types"];
    let found = program(&folder, &arguments);
    assert_eq!(found.code, Some(0), "{}", found.err);
    let (run, targets) = run_with(&folder, &found.out, &["--case", "names::declared_name_is_the_one_found"]);
    assert_eq!(run.code, Some(0), "{}\n{}", run.out, found.out);
    assert_eq!(targets.len(), 2);
    assert!(found.out.contains("unnamed = true\nconvention = \"cython_vtable\""), "{}", found.out);
}

#[test]
fn no_capsule_at_all_is_said_and_could_not_be_told() {
    let folder = folder(&["makes_no_capsule"]);
    let found = discover(&folder, "makes_no_capsule");
    assert_eq!(found.code, Some(3), "{}", found.err);
    assert!(found.err.contains("no capsule found"), "{}", found.err);
    assert!(found.out.contains("[target]\nmodule = \"makes_no_capsule\"\n"), "{}", found.out);
}

#[test]
fn a_module_that_cannot_be_imported_could_not_be_told() {
    let folder = folder(&["raises_when_imported"]);
    let found = discover(&folder, "raises_when_imported");
    assert_eq!(found.code, Some(3), "{}", found.err);
    assert!(found.err.contains("it cannot be imported: RuntimeError from import: no license"), "{}", found.err);
}

#[test]
fn what_a_manifest_says_already_is_kept() {
    let folder = folder(&["opens_handles"]);
    let manifest = "[target]\nmodule = \"opens_handles\"\nexercise = \"opens_handles.open_handles()\"\n\
                    [target.env]\nA = \"b\"\n[[produces]]\nfactory = \"opens_handles.open()\"\nname = \"opener.handle\"\n\
                    releases = \"opens_handles.open_handles()\"\n[[known]]\ncase = \"names::label_is_importable\"\nseen = \"s\"\nreason = \"r\"\n";
    fs::write(folder.path().join("m.toml"), manifest).expect("written");
    let found = program(&folder, &["discover", "--config", "m.toml"]);
    assert_eq!(found.code, Some(0), "{}", found.err);
    let read = |text: &str| -> toml::Table { toml::from_str(text).expect("TOML") };
    assert_eq!(read(&found.out), read(manifest), "{}", found.out);
    assert!(found.err.contains("factory"), "{}", found.err);
}

/// Every place of the module of traps, with its convention and how it is kept.
const BEHIND_TRAPS: &[(&str, &str, &str)] = &[
    ("<interpreter>.__pybind11_internals_v11_gcc__", "internals", "interpreter"),
    ("meets_you_with_traps.Guarded.Inner.Deepest.deep", "bare_attribute", "class"),
    ("meets_you_with_traps.Guarded.Inner.__pyx_vtable__", "cython_vtable", "class"),
    ("meets_you_with_traps.Guarded.also['in a dict']", "label", "dict"),
    ("meets_you_with_traps.Guarded.kept", "label", "class"),
    ("meets_you_with_traps._C_API", "attribute", "attribute"),
    ("meets_you_with_traps.__pyx_capi__.f", "cython_signature", "dict"),
    ("meets_you_with_traps.__pyx_capi__['odd.key']", "cython_signature", "dict"),
    ("meets_you_with_traps.__pyx_capi__[7]", "cython_signature", "dict"),
    ("meets_you_with_traps.dictionary.inside", "label", "dict"),
    ("meets_you_with_traps.listing[0]", "label", "sequence"),
    ("meets_you_with_traps.sub.kept", "attribute", "attribute"),
    ("meets_you_with_traps[\"a.b['c']\"]", "label", "attribute"),
    ("meets_you_with_traps['lone\\udc80']", "label", "attribute"),
];

#[test]
fn dictionaries_are_read_and_nobody_is_asked() {
    let folder = folder(&["meets_you_with_traps"]);
    let found = discover(&folder, "meets_you_with_traps");
    assert_eq!(found.code, Some(0), "{}", found.err);
    // The same again where the manifest names the places.
    let (run, targets) = run_with(&folder, &found.out, &["--case", "names::declared_name_is_the_one_found"]);
    assert!(!run.out.contains("problem"), "{}\n{}", run.out, found.out);
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let produces = targets[0]["produces"].as_array().expect("what it makes");
    let found_there: Vec<_> =
        produces.iter().map(|it| (text(it, "path"), text(it, "convention"), text(it, "how"))).collect();
    let wanted: Vec<_> = BEHIND_TRAPS.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
    assert_eq!(found_there, wanted);
    assert!(found.err.contains("objects of meets_you_with_traps.Guarded.Inner.Deepest make capsules: __dlpack__"));
    let hint = "# factory = \"meets_you_with_traps.Guarded.Inner.Deepest(...).__dlpack__()\"";
    assert!(found.out.contains(hint), "{}", found.out);
    assert!(!found.err.contains("0x"), "{}", found.err);
}

#[test]
fn a_module_that_is_something_else_breaks_nothing() {
    let folder = folder(&["is_replaced_by_an_object"]);
    let found = discover(&folder, "is_replaced_by_an_object");
    assert_eq!(found.code, Some(3), "{}", found.err);
    assert!(found.err.contains("no capsule found"), "{}", found.err);
}
