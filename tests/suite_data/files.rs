//! Finds the texts that the other modules look at.

use std::fs;
use std::path::{Path, PathBuf};

use capsule_conformance::embedded;

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file that travels inside the program.
pub(crate) fn text(path: &str) -> &'static str {
    let (_, bytes) = embedded::FILES.iter().find(|(it, _)| *it == path).unwrap_or_else(|| panic!("no {path}"));
    std::str::from_utf8(bytes).expect("the suite is UTF-8")
}

/// All embedded files below a folder that end so, as one text.
pub(crate) fn together(folder: &str, ending: &str) -> String {
    embedded::below(folder).filter(|(path, _)| path.ends_with(ending)).map(|(path, _)| text(path)).collect()
}

/// A file of the checkout.
pub(crate) fn checkout(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The program's own sources, by path below `suite/src`, without comments and unit tests.
pub(crate) fn sources() -> Vec<(String, String)> {
    let folder = root().join("suite/src");
    let mut found = Vec::new();
    collect(&folder, &folder, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the sources are here") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            let text = fs::read_to_string(&path).expect("readable");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.push((name, lines.map(|line| format!("{line}\n")).collect()));
        }
    }
}
