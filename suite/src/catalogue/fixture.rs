//! Reads the headers of fixtures: `//!` lines of a C file, `[package.metadata.fixture]` of a crate.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::stem;
use crate::diagnose::{self, Mistake};
use crate::model::{Binds, Build, Consumes, Fixture, Produces};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    role: Binds,
    summary: String,
    /// Not in C: the file stem of a C fixture is its stem.
    pub(super) stem: Option<String>,
    /// Rust only: a C source has three builds.
    pub(super) build: Option<Build>,
    /// C only: the builds that can behave so, where not all three can.
    pub(super) builds: Option<Vec<Build>>,
    /// From outside only: makes the module.
    pub(super) command: Option<String>,
    #[serde(default)]
    pub(super) breaks: Vec<String>,
    #[serde(default)]
    pub(super) lacks: BTreeSet<String>,
    interpreters: Option<String>,
    #[serde(default)]
    pub(super) by_name: bool,
    wrong_name_error: Option<String>,
    exercise: Option<String>,
    result: Option<f64>,
    #[serde(default)]
    pub(super) produces: Vec<Produces>,
    #[serde(default)]
    pub(super) consumes: Vec<Consumes>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    fixture: Option<Header>,
}

/// The fixture described by this file; none if the file is not one that describes a fixture.
pub(super) fn header(path: &str, text: &str) -> Option<Result<Fixture, Mistake>> {
    if path.starts_with("c_fixtures/") && path.ends_with(".c") {
        Some(c_header(path, text))
    } else if path.starts_with("rust_fixtures/")
        && path.ends_with("/Cargo.toml")
        && text.contains("[package.metadata.fixture]")
    {
        Some(rust_header(path, text))
    } else {
        None
    }
}

fn c_header(path: &str, text: &str) -> Result<Fixture, Mistake> {
    let lines: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    if lines.is_empty() {
        return Err(Mistake {
            path: path.to_owned(),
            line: Some(1),
            message: "has no header; begin it with `//! role = …` and `//! summary = …`".to_owned(),
        });
    }
    let header: Header = toml::from_str(&lines.join("\n"))
        .map_err(|error| diagnose::toml_mistake(path, &lines.join("\n"), 0, &error))?;
    let builds = header.builds.clone().unwrap_or_else(|| Build::C.to_vec());
    finish(path, header, stem(path), builds)
}

fn rust_header(path: &str, text: &str) -> Result<Fixture, Mistake> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| diagnose::toml_mistake(path, text, 0, &error))?;
    let missing = |what: &str| Mistake {
        path: path.to_owned(),
        line: None,
        message: format!("`[package.metadata.fixture]` has no `{what}`"),
    };
    let header = manifest.package.metadata.and_then(|it| it.fixture).ok_or_else(|| missing("summary"))?;
    let stem = header.stem.clone().ok_or_else(|| missing("stem"))?;
    let build = header.build.ok_or_else(|| missing("build"))?;
    finish(path, header, stem, vec![build])
}

/// The fixture that a header describes.
pub(super) fn finish(path: &str, header: Header, stem: String, builds: Vec<Build>) -> Result<Fixture, Mistake> {
    if header.role == Binds::Runtime {
        return Err(Mistake {
            path: path.to_owned(),
            line: None,
            message: "`role` is `producer` or `consumer`".to_owned(),
        });
    }
    if header.command.is_some() && builds != [Build::Outside] {
        let message =
            "`command` is for participants from outside; leave it out, the suite knows how to build its own".to_owned();
        return Err(Mistake { path: path.to_owned(), line: None, message });
    }
    let in_defects = path.contains("/defects/") && header.command.is_none();
    if in_defects == header.breaks.is_empty() {
        let message =
            if in_defects { "is in defects/ but breaks nothing" } else { "breaks a case but is not in defects/" };
        return Err(Mistake { path: path.to_owned(), line: None, message: message.to_owned() });
    }
    if let Some(Err(message)) = header.interpreters.as_deref().map(crate::requirement::parse) {
        return Err(Mistake { path: path.to_owned(), line: None, message });
    }
    let tables = header.produces.iter().map(|it| &it.table).chain(header.consumes.iter().map(|it| &it.table));
    for table in tables.flatten() {
        if let Err(message) = crate::table::shape(table) {
            return Err(Mistake { path: path.to_owned(), line: None, message });
        }
    }
    Ok(Fixture {
        stem,
        source: path.to_owned(),
        builds,
        side: header.role,
        summary: header.summary,
        breaks: header.breaks,
        lacks: header.lacks,
        interpreters: header.interpreters,
        by_name: header.by_name,
        wrong_name_error: header.wrong_name_error.unwrap_or_else(|| "TypeError".to_owned()),
        exercise: header.exercise,
        result: header.result,
        produces: header.produces,
        consumes: header.consumes,
        command: header.command,
    })
}
