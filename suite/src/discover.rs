//! Says what the targets make: as a table for people, and as a manifest that loads as it is. Pure: facts in, text out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::convention;
use crate::model::{
    Capsule, Convention, Difference, Facts, Looked, Manifest, Observation, Problem, Produces, Protocol, StepEnd,
    Target, TargetFacts,
};

/// What there is to say, and whether it is all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// One block for each target and interpreter.
    pub table: String,
    /// TOML that says what was found, and what else could be said.
    pub manifest: String,
    /// What kept the suite from telling.
    pub problems: Vec<Problem>,
}

/// What was found of these targets.
pub fn discovery(
    targets: &[Target],
    manifest: Option<&Manifest>,
    facts: Facts,
    conventions: &[Convention],
) -> Discovery {
    let table = facts.targets.iter().map(block).collect();
    let manifest = write_manifest(targets, manifest, &facts, conventions);
    let failed = facts.targets.iter().filter_map(|it| match &it.looked {
        Looked::ImportFailed(seen) => Some(Problem {
            what: "target".to_owned(),
            r#where: format!("{} on {}", it.module, it.interpreter),
            message: import_failed(seen),
        }),
        _ => None,
    });
    let problems = failed.collect::<Vec<_>>().into_iter().chain(facts.problems).collect();
    Discovery { table, manifest, problems }
}

fn import_failed(seen: &Observation) -> String {
    let raised = seen.steps.iter().rev().find_map(|fact| match &fact.end {
        StepEnd::Raised(raised) => Some(format!("{} from {}: {}", raised.r#type, fact.label, raised.message)),
        _ => None,
    });
    let how = raised.unwrap_or_else(|| seen.end.clone());
    format!("it cannot be imported: {how}; run it with `capsule-conformance --target` for the whole finding")
}

// The table -------------------------------------------------------------------------

/// One target on one interpreter.
fn block(seen: &TargetFacts) -> String {
    let version = seen.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let mut text = format!("{}{version} on {}\n", seen.module, seen.interpreter);
    if seen.looked == Looked::Whole && seen.produces.is_empty() {
        text.push_str("  no capsule found\n");
    }
    let head = ["path", "name", "convention", "how", "has", "name in", "payload in"].map(str::to_owned);
    let rows: Vec<[String; 7]> = seen.produces.iter().map(row).collect();
    if !rows.is_empty() {
        write_rows(&mut text, &[vec![head], rows].concat());
    }
    for Protocol { path, methods } in &seen.protocols {
        writeln!(text, "  objects of {path} make capsules: {}", methods.join(", ")).expect("writing to a string");
    }
    text
}

fn row(capsule: &Capsule) -> [String; 7] {
    let has = [(capsule.destructor, "destructor"), (capsule.context, "context")];
    let has: Vec<&str> = has.into_iter().filter_map(|(has, word)| has.then_some(word)).collect();
    let place = |place: &Option<String>| place.clone().unwrap_or_else(|| "-".to_owned());
    [
        capsule.path.clone(),
        capsule.name.as_ref().map_or_else(|| "NULL".to_owned(), |name| shown(name)),
        capsule.convention.clone(),
        capsule.how.clone(),
        if has.is_empty() { "-".to_owned() } else { has.join(" ") },
        place(&capsule.name_in),
        place(&capsule.payload_in),
    ]
}

/// A name in quotes, cut where a line would get too long.
fn shown(name: &[u8]) -> String {
    const ROOM: usize = 48;
    let text = String::from_utf8_lossy(name);
    let cut: String = text.chars().take(ROOM).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

fn write_rows(text: &mut String, rows: &[[String; 7]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..7).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        writeln!(text, "  {}", cells.join("  ").trim_end()).expect("writing to a string");
    }
}

// The manifest ----------------------------------------------------------------------

/// The whole of it, in the form for one target: its `[[produces]]` stand alone.
#[derive(Serialize)]
struct Whole<T> {
    target: T,
}

#[derive(Serialize)]
struct Entry {
    produces: [Produces; 1],
}

#[derive(Serialize)]
struct Known<'a> {
    known: &'a [Difference],
}

fn write_manifest(
    targets: &[Target],
    manifest: Option<&Manifest>,
    facts: &Facts,
    conventions: &[Convention],
) -> String {
    let mut text = String::from(
        "# What `capsule-conformance discover` found; a run takes it with --config. It is now a promise: correct it where it\n\
         # is none, and say what no tool can find out.\n",
    );
    for target in targets {
        let seen: Vec<&TargetFacts> =
            facts.targets.iter().filter(|it| Some(&it.module) == target.module.as_ref()).collect();
        let bare = Target { produces: Vec::new(), ..target.clone() };
        let many = targets.len() > 1;
        text.push('\n');
        text.push_str(&if many { toml(&Whole { target: [bare] }) } else { toml(&Whole { target: bare }) });
        // The suite's own manifest of a package is about many versions of it.
        let gone = |path: &str| seen.iter().any(|it| it.unreachable.iter().any(|(place, _)| place == path));
        let entries = target.produces.iter().filter(|it| !(target.ready && gone(&it.place().path)));
        for entry in entries.cloned() {
            write_entry(&mut text, entry, many, None);
        }
        write_found(&mut text, &seen, many);
        write_protocols(&mut text, &seen, conventions);
    }
    if let Some(manifest) = manifest.filter(|it| !it.known.is_empty()) {
        text.push('\n');
        text.push_str(&toml(&Known { known: &manifest.known }));
    }
    text
}

/// What every interpreter shows alike is said; the rest is a remark.
fn write_found(text: &mut String, seen: &[&TargetFacts], many: bool) {
    let whole = seen.iter().filter(|it| it.looked == Looked::Whole).count();
    let mut entries: BTreeMap<&str, Vec<(Produces, Vec<&str>)>> = BTreeMap::new();
    for facts in seen {
        // What the manifest declares already stands there, in its own words.
        let found = facts.produces.iter().filter(|it| it.entry.is_none());
        for (capsule, entry) in found.map(|capsule| (capsule, entry(capsule))) {
            let same_place = entries.entry(&capsule.path).or_default();
            match same_place.iter_mut().find(|(known, _)| *known == entry) {
                Some((_, interpreters)) => interpreters.push(&facts.interpreter),
                None => same_place.push((entry, vec![&facts.interpreter])),
            }
        }
    }
    for (entry, interpreters) in entries.into_values().flatten() {
        let only = (interpreters.len() < whole).then(|| interpreters.join(", "));
        write_entry(text, entry, many, only.as_deref());
    }
}

/// What a manifest says of a capsule that was found.
fn entry(capsule: &Capsule) -> Produces {
    let name = capsule.name.as_ref().map(|name| String::from_utf8_lossy(name).into_owned());
    Produces {
        attribute: Some(capsule.path.clone()),
        unnamed: name.is_none(),
        name,
        convention: Some(capsule.convention.clone()),
        ..Produces::default()
    }
}

fn write_entry(text: &mut String, entry: Produces, many: bool, only: Option<&str>) {
    // Text is all that a manifest can say of a name.
    let unsayable = entry.name.as_ref().is_some_and(|name| name.contains('\u{fffd}'));
    let entry = Entry { produces: [entry] };
    let lines = if many { toml(&Whole { target: entry }) } else { toml(&entry) };
    text.push('\n');
    match only {
        _ if unsayable => remark(text, &format!("A name that is not UTF-8 cannot be said here.\n{lines}")),
        Some(interpreters) => remark(text, &format!("Only on {interpreters}:\n{lines}")),
        None => text.push_str(&lines),
    }
}

fn write_protocols(text: &mut String, seen: &[&TargetFacts], conventions: &[Convention]) {
    let classes: BTreeMap<&str, &Vec<String>> =
        seen.iter().flat_map(|it| &it.protocols).map(|it| (it.path.as_str(), &it.methods)).collect();
    if classes.is_empty() {
        return;
    }
    text.push('\n');
    remark(
        text,
        "Objects of these classes make capsules. Say how to make an object, and what was made is checked too:",
    );
    for (path, methods) in classes {
        let calls = conventions.iter().flat_map(|it| &it.methods);
        for call in calls.filter(|call| methods.iter().any(|it| it == convention::method(call))) {
            let factory = toml::Value::String(format!("{path}(...).{call}"));
            remark(text, &format!("\n[[produces]]\nfactory = {factory}"));
        }
    }
}

fn remark(text: &mut String, lines: &str) {
    for line in lines.lines() {
        writeln!(text, "{}", format!("# {line}").trim_end()).expect("writing to a string");
    }
}

fn toml(value: &impl Serialize) -> String {
    toml::to_string(value).expect("a manifest is tables of texts, numbers and lists")
}
