//! What the placeholders of a case stand for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::script::spoken_of;
use crate::model::{Case, Consumes};

/// Whether a case speaks of what a consumer does for this capsule.
pub(super) fn is_about(case: &Case, consumes: Option<&Consumes>) -> bool {
    if case.given.arguments {
        let asks = |name: &str| spoken_of(case).any(|it| it == name);
        return consumes.is_some_and(|it| {
            it.call.is_some()
                && (it.once || !case.given.once)
                && (it.after.is_some() || !asks("consumes.after"))
                && (it.used_name.is_some() || !asks("consumes.used_name"))
                && (it.name.is_some() || !asks("consumes.name"))
                && is_of(&case.given.conventions, it.follows.as_ref())
                && is_of(&case.given.names, it.name.as_ref())
        });
    }
    let Some(imports) = case.given.imports else {
        return true;
    };
    let takes_it_in_time = |it: &Consumes| !case.given.eager || it.trigger.as_deref().is_none_or(|it| it == "import");
    consumes.is_some_and(|it| it.capsule.is_some() && imports.fits(it.optional) && takes_it_in_time(it))
}

/// Whether a word is one of those that a case lists, or the case lists none.
fn is_of(listed: &BTreeSet<String>, word: Option<&String>) -> bool {
    listed.is_empty() || word.is_some_and(|word| listed.contains(word))
}

/// A capsule's name as an argument of a step.
pub(super) fn name_value(name: Option<&[u8]>) -> Value {
    let (key, value) = match name {
        None => ("null", Value::Bool(true)),
        Some(bytes) => ("hex", Value::from(crate::embedded::hex(bytes))),
    };
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// A capsule's name as a step returns it.
pub(super) fn recorded_name(name: Option<&str>) -> Value {
    name.map_or(Value::Null, |name| name_value(Some(name.as_bytes())))
}

pub(super) fn capsule_scope(scope: &mut BTreeMap<String, Value>, module: &str, path: &str, name: &Value) {
    scope.insert("capsule.module".to_owned(), Value::from(module));
    scope.insert("capsule.path".to_owned(), Value::from(path));
    scope.insert("capsule.source".to_owned(), Value::from(path));
    scope.insert("capsule.name".to_owned(), name.clone());
}

pub(super) fn consumes_scope(scope: &mut BTreeMap<String, Value>, consumes: &Consumes) {
    let path = consumes.capsule.clone().unwrap_or_default();
    let module = path.split('.').next().unwrap_or_default();
    scope.insert("consumes.module".to_owned(), Value::from(module));
    scope.insert("consumes.path".to_owned(), Value::from(path.clone()));
    scope.insert("consumes.name".to_owned(), Value::from(consumes.name.clone().unwrap_or(path)));
    let asked = if consumes.unnamed { None } else { consumes.name.as_ref().or(consumes.capsule.as_ref()) };
    let asked = asked.map(|name| Value::from(crate::embedded::hex(name.as_bytes())));
    scope.insert("consumes.asked_for".to_owned(), asked.unwrap_or_default());
    let name = consumes.name.clone().unwrap_or_default();
    let mut shorter = name.clone();
    shorter.pop();
    let swapped =
        |letter: char| if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
    scope.insert("consumes.shorter_name".to_owned(), Value::from(shorter));
    scope.insert("consumes.other_case".to_owned(), Value::from(name.chars().map(swapped).collect::<String>()));
    let trigger = consumes.trigger.clone().unwrap_or_else(|| "import".to_owned());
    scope.insert("consumes.trigger".to_owned(), Value::from(trigger));
    // In an expression `{capsule}` would be a set; the steps call what they hand over by this name.
    let call = consumes.call.as_ref().map(|call| call.replace("{capsule}", "handed_over"));
    scope.insert("consumes.call".to_owned(), call.map_or(Value::Null, Value::from));
    let said = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
    scope.insert("consumes.good".to_owned(), said(&consumes.good));
    scope.insert("consumes.after".to_owned(), said(&consumes.after));
    scope.insert("consumes.used_name".to_owned(), recorded_name(consumes.used_name.as_deref()));
    scope.insert("consumes.failure".to_owned(), consumes.failure.clone().map_or(Value::Null, Value::from));
}
