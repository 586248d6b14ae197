//! Turns the steps of a case into those of a pairing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::made::Made;
use crate::model::{Actor, Case, Offered, Step};

/// Fills in the placeholders, and says `obtain`, `hand_out` and `trigger` in the worker's own words.
pub(super) fn steps(case: &Case, made: Option<&Made>, scope: &BTreeMap<String, Value>) -> Vec<Step> {
    let mut steps = Vec::new();
    for step in &case.when {
        let mut step = step.clone();
        step.args = step.args.into_iter().map(|(key, value)| (key, fill(value, scope))).collect();
        // An expression that nobody gave is nothing to do.
        if step.verb == "eval" && step.args.get("expression").is_some_and(Value::is_null) {
            continue;
        }
        if step.verb == "obtain" {
            Made::obtain(made, &mut step);
        }
        if step.verb == HAND_OUT {
            hand_out(&mut step, scope);
        }
        if step.verb == "trigger" {
            if step.args.get("trigger").and_then(Value::as_str) == Some("import") {
                "import".clone_into(&mut step.verb);
                step.args.shift_remove("trigger");
            } else {
                let module = step.args.get("module").cloned().unwrap_or_default();
                let expression = step.args.get("trigger").cloned().unwrap_or_default();
                "eval".clone_into(&mut step.verb);
                step.args = Map::from_iter([("expression".to_owned(), expression), ("module".to_owned(), module)]);
            }
        }
        steps.push(step);
    }
    steps
}

/// What the manifest's expression makes, or else what the probe offers under the name of the capsule.
fn hand_out(step: &mut Step, scope: &BTreeMap<String, Value>) {
    if step.args.get("expression").is_some_and(Value::is_string) {
        "eval".clone_into(&mut step.verb);
        return;
    }
    OFFER.clone_into(&mut step.verb);
    step.by = Some(Actor::Probe);
    let name = scope.get("consumes.asked_for").cloned().unwrap_or_default();
    let name = Value::Object(Map::from_iter([("hex".to_owned(), name)]));
    step.args = Map::from_iter([("name".to_owned(), name), ("state".to_owned(), Value::from("good"))]);
}

const OFFER: &str = "offer";
const HAND_OUT: &str = "hand_out";

/// The first step that is handed what the probe offers for granted, unless it may refuse that.
pub(super) fn offered(case: &Case, steps: &[Step]) -> Option<Offered> {
    let is_granted = |it: &&Step| it.verb == OFFER && it.label.starts_with('(');
    let label = steps.iter().find(is_granted)?.label.as_str();
    let is_handed = |step: &&Step| {
        let values = step.args.get("values").and_then(|it| it.get("handed_over"));
        values.and_then(|it| it.get("ref")).and_then(Value::as_str) == Some(label)
    };
    let may_refuse = |label: &String| {
        case.then.iter().any(|it| it.step.as_ref() == Some(label) && (it.may_raise.is_some() || it.raises.is_some()))
    };
    let replaceable = case.when.iter().any(|step| step.verb == HAND_OUT);
    steps
        .iter()
        .find(is_handed)
        .filter(|step| !may_refuse(&step.label))
        .map(|step| Offered { step: step.label.clone(), replaceable })
}

/// The steps inside a step, which are in the worker's form.
pub(super) fn inner(step: &Step) -> impl Iterator<Item = (Option<Actor>, &str, &Map<String, Value>)> {
    step.args.values().filter_map(Value::as_array).flatten().filter_map(|step| {
        let by = step.get("by").and_then(|by| serde_json::from_value(by.clone()).ok());
        Some((by, step.get("do")?.as_str()?, step.get("args")?.as_object()?))
    })
}

/// What may stand for nothing: an exercise that nobody gave is not run, and any Exception is a clean failure.
pub(super) const OPTIONAL: &[&str] = &["consumes.exercise", "consumes.failure", "consumes.result"];

/// The placeholders in the steps and expectations of a case.
pub(super) fn spoken_of(case: &Case) -> impl Iterator<Item = &str> {
    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::Object(table) => table.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }
    let said = case.when.iter().flat_map(|step| step.args.values());
    let expected =
        case.then.iter().flat_map(|then| [&then.raises, &then.may_raise, &then.returns, &then.count]).flatten();
    said.chain(expected).flat_map(texts).flat_map(crate::placeholder::placeholders)
}

/// Lets an expression of the manifest speak of every module that the manifest names.
pub(super) fn bind_modules(step: &mut Step, named: &[String]) {
    if matches!(step.verb.as_str(), "eval" | "create") && !named.is_empty() {
        step.args.insert("modules".to_owned(), Value::from(named.to_vec()));
    }
    // What is done over and over speaks of the same modules.
    for inside in step.args.values_mut().filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut) {
        if matches!(inside.get("do").and_then(Value::as_str), Some("eval" | "create"))
            && let Some(args) = inside.get_mut("args").and_then(Value::as_object_mut)
        {
            args.insert("modules".to_owned(), Value::from(named.to_vec()));
        }
    }
}

/// Replaces placeholders; a text that is nothing but one becomes the value itself.
pub(super) fn fill(value: Value, scope: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => fill_text(&text, scope),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| fill(item, scope)).collect()),
        Value::Object(table) => {
            let mut filled: Map<String, Value> =
                table.into_iter().map(|(key, item)| (key, fill(item, scope))).collect();
            // A capsule's name written as a placeholder may stand for NULL or for bytes.
            match filled.get("text") {
                Some(inner) if filled.len() == 1 && !inner.is_string() => {
                    filled.shift_remove("text").unwrap_or_default()
                }
                _ => Value::Object(filled),
            }
        }
        other => other,
    }
}

pub(super) fn fill_text(text: &str, scope: &BTreeMap<String, Value>) -> Value {
    let names = crate::placeholder::placeholders(text);
    if let [only] = names.as_slice()
        && text.len() == only.len() + 2
    {
        return scope.get(*only).cloned().unwrap_or(Value::Null);
    }
    let mut filled = text.to_owned();
    for name in names {
        if let Some(Value::String(value)) = scope.get(name) {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
    }
    Value::String(filled)
}
