//! A wheel as it is, not installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::support::extension;
use super::{code, program};

/// A wheel with one extension module, for interpreters of this tag.
fn wheel(folder: &Path, tag: &str) -> String {
    extension::build("clean_target", folder);
    let file = format!("clean_target-1.0-{tag}.whl");
    let make = format!(
        "import zipfile; wheel = zipfile.ZipFile('{file}', 'w'); info = 'clean_target-1.0.dist-info/'; \
         wheel.write('clean_target.so'); wheel.writestr('readme.so', 'no module'); \
         wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: clean_target\\nVersion: 1.0\\n'); \
         wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: {tag}\\n'); \
         wheel.writestr(info + 'RECORD', ''.join(name + ',,\\n' for name in wheel.namelist() + [info + 'RECORD'])); \
         wheel.close()"
    );
    let status = Command::new("python3").args(["-c", &make]).current_dir(folder).status();
    assert!(status.expect("python3 is there").success());
    fs::remove_file(folder.join("clean_target.so")).expect("it is in the wheel now");
    file
}

#[test]
fn the_modules_of_a_wheel_are_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = wheel(folder.path(), "py3-none-any");
    let output = program(folder.path()).args(["--wheel", &file, "--format", "json"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 0, "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let modules: Vec<&str> =
        report["targets"].as_array().expect("targets").iter().filter_map(|it| it["module"].as_str()).collect();
    assert_eq!(modules, ["clean_target"], "what has no init function is no module");
    assert!(report["results"][0]["rerun"].as_str().is_some_and(|it| it.contains(&format!("--wheel {file}"))));
}

#[test]
fn a_wheel_that_is_none_is_wrong_usage_and_one_for_somebody_else_could_not_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.whl"), "no archive").expect("written");
    let foreign = wheel(folder.path(), "cp27-cp27m-win32");
    for (file, wanted, message) in [
        ("a.whl", 2, "a.whl: is not a wheel"),
        ("nowhere.whl", 2, "nowhere.whl: is not a wheel"),
        (&foreign, 3, "name an interpreter that the wheel is made for"),
    ] {
        let output = program(folder.path()).args(["--wheel", file]).output().expect("it starts");
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(code(&output), wanted, "{said}");
        assert!(said.contains(message), "{said}");
    }
}
