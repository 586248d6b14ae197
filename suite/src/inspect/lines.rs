//! Finds the lines of source at which a target makes and takes its capsules, where it was built with debug information.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use addr2line::Loader;
use object::{Object, ObjectSymbol};
use serde_json::Value;

use crate::model::{Binds, SourceLine, Target, TargetFacts, Trace};

/// The debug information of files, each read once.
pub(super) struct Lines {
    /// The project that the run is about: what lies elsewhere is none of its source.
    folder: Option<PathBuf>,
    files: BTreeMap<String, Option<Loader>>,
}

impl Lines {
    pub(super) fn new() -> Lines {
        Lines { folder: env::current_dir().and_then(fs::canonicalize).ok(), files: BTreeMap::new() }
    }

    /// The line of an address in a file; of code that was put into other code, the innermost that is the project's own.
    pub(super) fn line(&mut self, file: &str, at: u64) -> Option<SourceLine> {
        let loader = self.files.entry(file.to_owned()).or_insert_with(|| Loader::new(file).ok()).as_ref()?;
        let mut frames = loader.find_frames(at).ok()?;
        while let Ok(Some(frame)) = frames.next() {
            let found = frame.location.and_then(|it| Some((it.file?, it.line?)));
            if let Some((path, line)) = found.filter(|(_, line)| *line > 0)
                && let Some(file) = self.folder.as_deref().and_then(|folder| below(folder, path))
            {
                return Some(SourceLine { file, line });
            }
        }
        None
    }
}

/// The path of a file from a folder in which it lies.
fn below(folder: &Path, path: &str) -> Option<String> {
    let whole = fs::canonicalize(folder.join(path)).ok()?;
    Some(whole.strip_prefix(folder).ok()?.to_str()?.to_owned())
}

/// The line at which the module begins: of the function that the interpreter calls first, whatever came of that.
pub fn locate_module(facts: &mut TargetFacts, trace: &Trace) {
    let mut announced = trace.seen.events.iter().filter(|event| event.kind == "extension");
    let is_it = |key: &str, value: &Value| key == "module" && value.as_str() == Some(&facts.module);
    let found = announced.find(|event| event.fields.iter().any(|(key, value)| is_it(key, value)));
    let Some(file) = found.and_then(|event| event.fields.get("path")?.as_str()) else {
        return;
    };
    let function = format!("PyInit_{}", facts.module.rsplit('.').next().unwrap_or_default());
    facts.begins = address(file, &function).and_then(|at| Lines::new().line(file, at));
}

/// Where a function that a file exports begins.
fn address(file: &str, function: &str) -> Option<u64> {
    let bytes = fs::read(file).ok()?;
    let parsed = object::File::parse(&*bytes).ok()?;
    let is_it = |symbol: &object::Symbol<'_, '_>| symbol.name() == Ok(function) && symbol.address() > 0;
    let found = parsed.dynamic_symbols().chain(parsed.symbols()).find(is_it);
    found.map(|symbol| symbol.address())
}

/// The lines of the target's own calls that were watched.
pub(super) fn of_calls(facts: &mut TargetFacts, target: &Target, trace: &Trace) {
    let package = facts.module.split('.').next().unwrap_or_default().to_owned();
    let mut lines = Lines::new();
    for site in trace.sites.iter().filter(|site| site.by.belongs_to(&package)) {
        let handed_over = target.consumes.iter().filter(|it| it.used_by().as_ref() == Some(&site.during));
        let calls = handed_over.filter_map(|it| it.call.clone()).filter(|_| !site.makes);
        let places = site.place.iter().flat_map(|it| it.aliases.iter().chain([&it.path]).cloned());
        let subjects: Vec<String> = places.chain(calls).collect();
        if subjects.is_empty() {
            continue;
        }
        let binds = if site.makes { Binds::Producer } else { Binds::Consumer };
        let line = site.at.iter().find_map(|at| lines.line(&site.file, *at));
        facts.lines.extend(line.map(|line| (binds, subjects, line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_the_folder_that_it_lies_in_and_else_not() {
        let outside = tempfile::tempdir().expect("a folder");
        let outside = fs::canonicalize(outside.path()).expect("it is there");
        let folder = outside.join("project");
        fs::create_dir_all(folder.join("src")).expect("it can be written");
        for file in ["project/src/own.c", "other.h"] {
            fs::write(outside.join(file), "").expect("it can be written");
        }
        let shown = |path: &str| below(&folder, path);
        assert_eq!(shown("src/own.c").as_deref(), Some("src/own.c"));
        assert_eq!(shown("src/../src/own.c").as_deref(), Some("src/own.c"));
        assert_eq!(shown(&folder.join("src/own.c").display().to_string()).as_deref(), Some("src/own.c"));
        assert_eq!(shown(&outside.join("other.h").display().to_string()), None);
        assert_eq!(shown("src/gone.c"), None);
    }
}
