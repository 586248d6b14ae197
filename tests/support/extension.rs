//! Builds extension modules that stand for somebody's own: the tests' C files, with nothing of the suite in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds `tests/targets/<stem>.c` for the default interpreter into `folder`.
pub fn build(stem: &str, folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(format!("{stem}.c"));
    build_file(&source, stem, folder);
}

/// Builds one release of `tests/targets/released.c`.
pub fn build_release(release: u32, folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets/released.c");
    compile(&source, "released", folder, &[format!("-DRELEASE={release}")]);
}

/// Builds a fixture of the suite's as somebody's module: `source` is below `c_fixtures`.
pub fn build_fixture(source: &str, stem: &str, folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let includes = [root.join("c_fixtures/include"), root.join("suite/probe")];
    let mut options: Vec<String> = includes.iter().map(|it| format!("-I{}", it.display())).collect();
    options.extend([format!("-DFIXTURE_MODULE={stem}"), "-DFIXTURE_MULTI_PHASE".to_owned()]);
    compile(&root.join("c_fixtures").join(source), stem, folder, &options);
}

/// Builds `tests/targets/<stem>.c` with more options of the compiler's, for the interpreter `python`.
pub fn build_with(python: &str, stem: &str, file: &str, folder: &Path, options: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(format!("{stem}.c"));
    let options: Vec<String> = options.iter().map(ToString::to_string).collect();
    compile_for(&headers_of(python), &source, file, folder, &options);
}

/// Builds a C file as the module `stem` for the default interpreter into `folder`.
pub fn build_file(source: &Path, stem: &str, folder: &Path) {
    compile(source, stem, folder, &[]);
}

/// The same with more options of the compiler's.
pub fn build_file_with(source: &Path, stem: &str, folder: &Path, options: &[&str]) {
    let options: Vec<String> = options.iter().map(ToString::to_string).collect();
    compile(source, stem, folder, &options);
}

fn compile(source: &Path, stem: &str, folder: &Path, options: &[String]) {
    compile_for(headers(), source, stem, folder, options);
}

fn compile_for(headers: &Path, source: &Path, stem: &str, folder: &Path, options: &[String]) {
    let output = compiler()
        .args(["-shared", "-fPIC", "-std=gnu11", "-Wall", "-Wextra", "-Werror"])
        .arg(format!("-I{}", headers.display()))
        .arg(source)
        .args(options)
        .arg("-o")
        .arg(folder.join(format!("{stem}.so")))
        .output()
        .expect("a C compiler, as the README asks for");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn compiler() -> Command {
    Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

fn headers() -> &'static PathBuf {
    static HEADERS: OnceLock<PathBuf> = OnceLock::new();
    HEADERS.get_or_init(|| headers_of("python3"))
}

fn headers_of(python: &str) -> PathBuf {
    let ask = "import sysconfig; print(sysconfig.get_path('include'))";
    let output = Command::new(python).args(["-c", ask]).output().expect("python3 is there");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}
