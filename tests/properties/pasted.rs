//! Writes a sequence down as a case file, ready to be pasted into the suite.

use std::collections::BTreeMap;
use std::fmt::Write;

use capsule_conformance::model::{Actor, Catalogue};
use serde_json::{Map, Value};

use crate::model::{End, Foretold, Line, Script};
use crate::stage::word;

/// The case; what the model foretells is what it asks for.
pub fn case(script: &Script, catalogue: &Catalogue) -> String {
    let by = |actor: Actor| script.lines.iter().any(|line| line.step.by == Some(actor));
    let mut text = String::from(
        "summary = \"\"\nlevel   = \"must\"\nbinds   = \"runtime\"\n\
         spec    = \"https://docs.python.org/3/c-api/capsule.html\"\nwhy     = \"\"\n\n[given]\n",
    );
    for (actor, key) in [(Actor::Producer, "producers"), (Actor::Consumer, "consumers")] {
        if by(actor) {
            let _ = writeln!(text, "{key} = \"*\"");
        }
    }
    for line in &script.lines {
        let _ = write!(text, "\n[[when]]\n{}", step(line, catalogue));
    }
    for line in &script.lines {
        if let Some(end) = end(&line.end) {
            let _ = write!(text, "\n[[then]]\nstep = {}\n{end}", quoted(&line.step.label));
        }
        for (foretold, count) in counted(&line.events) {
            let during = quoted(&line.step.label);
            let _ = write!(text, "\n[[then]]\n{}during = {during}\ncount = {count}\n", event(&foretold));
        }
    }
    for (kind, count) in totals(script) {
        let _ = write!(text, "\n[[then]]\nevent = \"{kind}\"\ncount = {count}\n");
    }
    text
}

fn step(line: &Line, catalogue: &Catalogue) -> String {
    let step = &line.step;
    let mut text = format!("step = {}\n", quoted(&step.verb));
    if let Some(by) = step.by {
        let _ = writeln!(text, "by = \"{}\"", word(by));
    }
    // What is not said has its default, and TOML cannot say null.
    let defaults = catalogue.vocabulary.verb(step.by.unwrap_or(Actor::World), &step.verb);
    let default = |key: &str| defaults.and_then(|it| it.args.iter().find(|it| it.key == key)?.default.clone());
    for (key, value) in
        step.args.iter().filter(|(key, value)| !value.is_null() && default(key) != Some((*value).clone()))
    {
        let _ = writeln!(text, "{key} = {}", argument(value));
    }
    let _ = writeln!(text, "as = {}", quoted(&step.label));
    if let Some(thread) = &step.thread {
        let _ = writeln!(text, "thread = {}", quoted(thread));
    }
    text
}

/// References and names have a short form.
fn argument(value: &Value) -> String {
    let alone = |key: &str| value.as_object().filter(|table| table.len() == 1).and_then(|table| table.get(key));
    match (alone("ref").and_then(Value::as_str), alone("text").and_then(Value::as_str)) {
        (Some(label), _) => format!("\"{{{label}}}\""),
        (_, Some(text)) if value.get("text").is_some() => quoted(text),
        _ => toml(value),
    }
}

fn end(end: &End) -> Option<String> {
    Some(match end {
        // A step that nothing is said of must complete; null cannot be said.
        End::Completes | End::Returns(Value::Null) => return None,
        // Nor can a table with a null in it.
        End::Returns(Value::Object(table)) if table.values().any(Value::is_null) => return None,
        End::Returns(value) => format!("returns = {}\n", toml(value)),
        End::Item(index, value) => format!("item = {index}\nreturns = {}\n", toml(value)),
        End::Raises { class, cause } => {
            let cause = cause.map(|cause| format!("cause = {}\n", quoted(cause))).unwrap_or_default();
            format!("raises = {}\n{cause}", quoted(class))
        }
    })
}

fn event(foretold: &Foretold) -> String {
    let fields: Map<String, Value> = foretold
        .fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, it)| (key.clone(), it.clone()))
        .collect();
    format!("event = {}\nwhere = {}\n", quoted(foretold.event), toml(&Value::Object(fields)))
}

/// Equal events, and how often they are foretold.
fn counted(events: &[Foretold]) -> Vec<(Foretold, usize)> {
    let mut all: Vec<(Foretold, usize)> = Vec::new();
    for event in events {
        match all.iter_mut().find(|(known, _)| known == event) {
            Some((_, count)) => *count += 1,
            None => all.push((event.clone(), 1)),
        }
    }
    all
}

fn totals(script: &Script) -> BTreeMap<&'static str, usize> {
    let mut totals = BTreeMap::from([("destroyed", 0), ("freed", 0)]);
    let events = script.lines.iter().flat_map(|line| &line.events);
    for event in events.chain(script.late.iter().flat_map(|late| &late.events)) {
        *totals.entry(event.event).or_default() += 1;
    }
    totals
}

fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let items: Vec<String> = table.iter().map(|(key, item)| format!("{key} = {}", toml(item))).collect();
            format!("{{ {} }}", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
