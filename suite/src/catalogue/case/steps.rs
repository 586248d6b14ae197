//! The steps of a case: each verb known, each argument there, each reference to something earlier.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Reader, json_table, known_placeholder};
use crate::diagnose;
use crate::model::{Actor, ArgumentKind, Phase, Row, Step, Vocabulary};
use crate::placeholder::placeholders;

pub(super) fn steps(reader: &mut Reader, file: Vec<toml::Table>, vocabulary: &Vocabulary, rows: &[Row]) -> Vec<Step> {
    let mut labels = BTreeSet::new();
    let mut steps = Vec::new();
    for table in file {
        if let Some(step) = step(reader, json_table(table), vocabulary, rows, &labels) {
            if !labels.insert(step.label.clone()) {
                reader.say(
                    &format!("\"{}\"", step.label),
                    format!("two steps are called `{}`; tell them apart with `as`", step.label),
                );
            }
            steps.push(step);
        }
    }
    steps
}

fn step(
    reader: &mut Reader,
    mut table: Map<String, Value>,
    vocabulary: &Vocabulary,
    rows: &[Row],
    labels: &BTreeSet<String>,
) -> Option<Step> {
    let mut text = |key: &str| table.remove(key).and_then(|value| value.as_str().map(str::to_owned));
    let Some(verb) = text("step") else {
        reader.say("[[when]]", "a `[[when]]` has no `step`");
        return None;
    };
    let needle = format!("\"{verb}\"");
    let by = match text("by").as_deref() {
        None => None,
        Some("producer") => Some(Actor::Producer),
        Some("consumer") => Some(Actor::Consumer),
        Some("probe") => Some(Actor::Probe),
        Some(other) => {
            reader.say(&format!("\"{other}\""), format!("`by` is producer, consumer or probe, not `{other}`"));
            return None;
        }
    };
    let label = text("as").unwrap_or_else(|| verb.clone());
    let thread = text("thread");
    let handling = text("handling");
    let phase = text("phase");
    let (condition, unless) = (text("if"), text("unless"));
    for (key, label) in [("if", &condition), ("unless", &unless)] {
        if let Some(needed) = label.as_ref().filter(|it| !labels.contains(*it)) {
            reader.say(&format!("{key} "), format!("`{key}` names `{needed}`, but no earlier step is called so"));
        }
    }
    let actor = by.unwrap_or(Actor::World);
    let Some(known) = vocabulary.verb(actor, &verb) else {
        let near = diagnose::nearest(&verb, vocabulary.of(actor).keys().map(String::as_str)).unwrap_or("nothing");
        reader.say(&needle, format!("unknown step `{verb}` for {actor:?}; did you mean `{near}`?"));
        return None;
    };
    let phase = match phase.map(|word| serde_json::from_value::<Phase>(Value::String(word))) {
        None => known.phase,
        Some(Ok(phase)) => phase,
        Some(Err(error)) => {
            reader.say("phase", error.to_string());
            known.phase
        }
    };
    let mut args = Map::new();
    for argument in &known.args {
        match table.shift_remove(&argument.key) {
            Some(value) => {
                let value = match argument.kind {
                    ArgumentKind::Steps => nested(reader, value, vocabulary, rows, labels),
                    ArgumentKind::Name | ArgumentKind::Value => refer(reader, value, rows, labels),
                };
                let value = if argument.kind == ArgumentKind::Name && value.is_string() {
                    Value::Object(Map::from_iter([("text".to_owned(), value)]))
                } else {
                    value
                };
                args.insert(argument.key.clone(), value);
            }
            // Arguments go by position, so a default is written out.
            None if argument.optional => {
                args.extend(argument.default.clone().map(|value| (argument.key.clone(), value)));
            }
            None => reader.say(&needle, format!("step `{verb}` needs `{}`", argument.key)),
        }
    }
    for key in table.keys() {
        let near = diagnose::nearest(key, known.args.iter().map(|it| it.key.as_str())).unwrap_or("nothing");
        reader.say(&format!("{key} "), format!("step `{verb}` has no `{key}`; did you mean `{near}`?"));
    }
    Some(Step { label, verb, by, args, phase, thread, handling, condition, unless })
}

/// Steps inside a step, in the worker's form; they may speak of each other's results.
fn nested(
    reader: &mut Reader,
    value: Value,
    vocabulary: &Vocabulary,
    rows: &[Row],
    labels: &BTreeSet<String>,
) -> Value {
    let mut labels = labels.clone();
    let mut one = |value: Value| {
        let table = value.as_object().cloned().unwrap_or_default();
        let step = step(reader, table, vocabulary, rows, &labels)?;
        labels.insert(step.label.clone());
        serde_json::to_value(step).ok()
    };
    match value {
        Value::Array(items) => Value::Array(items.into_iter().filter_map(one).collect()),
        single => one(single).unwrap_or_default(),
    }
}

/// Turns `{label}` into a reference, and checks every other placeholder.
fn refer(reader: &mut Reader, value: Value, rows: &[Row], labels: &BTreeSet<String>) -> Value {
    match value {
        Value::String(text) => {
            for name in placeholders(&text) {
                let is_label = !name.contains('.');
                if is_label && text.len() == name.len() + 2 {
                    if labels.contains(name) {
                        return Value::Object(Map::from_iter([("ref".to_owned(), Value::String(name.to_owned()))]));
                    }
                    reader.say(&text, format!("no earlier step is called `{name}`"));
                } else if !known_placeholder(name, rows) {
                    reader.say(&text, format!("`{{{name}}}` stands for nothing known"));
                }
            }
            Value::String(text)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| refer(reader, item, rows, labels)).collect()),
        Value::Object(table) => {
            Value::Object(table.into_iter().map(|(key, item)| (key, refer(reader, item, rows, labels))).collect())
        }
        other => other,
    }
}
