//! The `[[then]]` tables of a case: what may be said together, and of what.

use serde::Deserialize;

use super::{Reader, json, json_table, known_placeholder};
use crate::model::{Row, Step, Then};
use crate::placeholder::placeholders;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThenFile {
    without: Option<String>,
    step: Option<String>,
    item: Option<toml::Value>,
    raises: Option<toml::Value>,
    cause: Option<String>,
    context: Option<String>,
    message: Option<String>,
    #[serde(default)]
    mentions: Vec<String>,
    returns: Option<toml::Value>,
    same_as: Option<String>,
    differs_from: Option<String>,
    may_raise: Option<toml::Value>,
    at_most: Option<i64>,
    #[serde(default)]
    anything: bool,
    #[serde(default)]
    completes: bool,
    event: Option<String>,
    #[serde(default, rename = "where")]
    filter: toml::Table,
    during: Option<String>,
    count: Option<toml::Value>,
    #[serde(default)]
    every: toml::Table,
    end: Option<String>,
}

pub(super) fn expectations(reader: &mut Reader, file: Vec<ThenFile>, when: &[Step], rows: &[Row]) -> Vec<Then> {
    let known = |label: &str| when.iter().any(|step| step.label == label);
    let mut all = Vec::new();
    for then in file {
        for label in [&then.without, &then.step, &then.same_as, &then.differs_from, &then.during].into_iter().flatten()
        {
            if !known(label) {
                reader
                    .say(&format!("\"{label}\""), format!("`[[then]]` speaks of `{label}`, but no step is called so"));
            }
        }
        let outcomes = [
            then.raises.is_some(),
            then.returns.is_some(),
            then.same_as.is_some(),
            then.differs_from.is_some(),
            then.at_most.is_some(),
            then.anything,
            then.completes,
        ];
        let outcomes = outcomes.into_iter().filter(|set| *set).count();
        let about =
            [then.step.is_some(), then.event.is_some(), then.end.is_some()].into_iter().filter(|set| *set).count();
        if about != 1 {
            reader.say("[[then]]", "each `[[then]]` has exactly one of `step`, `event` and `end`");
        }
        if then.step.is_some() && outcomes != 1 {
            reader.say(
                "[[then]]",
                "a step's `[[then]]` has exactly one of `raises`, `returns`, `same_as`, `differs_from`, `at_most`, `anything` and `completes`",
            );
        }
        if then.item.as_ref().is_some_and(|item| !item.is_str() && item.as_integer().is_none_or(|index| index < 0)) {
            reader.say("item", "`item` is an index of a list or a key of a table");
        }
        if then.event.is_some() && then.count.is_some() != then.every.is_empty() {
            reader.say("[[then]]", "an event's `[[then]]` needs either `count` or `every`");
        }
        let details = then.cause.is_some() || then.context.is_some() || then.message.is_some();
        if then.raises.is_none() && details {
            reader.say("[[then]]", "`cause`, `context` and `message` go with `raises`");
        }
        if then.raises.is_none() && then.may_raise.is_none() && !then.mentions.is_empty() {
            reader.say("[[then]]", "`mentions` goes with `raises` or `may_raise`");
        }
        if then.may_raise.is_some() && (then.raises.is_some() || then.anything || then.step.is_none()) {
            reader.say("may_raise", "`may_raise` goes with `returns`, `same_as`, `differs_from` or `completes`");
        }
        let values = [&then.raises, &then.returns, &then.count, &then.may_raise].into_iter().flatten().flat_map(texts);
        for text in values.chain(then.message.as_deref()).chain(then.mentions.iter().map(String::as_str)) {
            for name in placeholders(text) {
                if !known_placeholder(name, rows) {
                    reader.say(text, format!("`{{{name}}}` stands for nothing known"));
                }
            }
        }
        all.push(Then {
            without: then.without,
            step: then.step,
            item: then.item.map(json),
            raises: then.raises.map(json),
            cause: then.cause,
            context: then.context,
            message: then.message,
            mentions: then.mentions,
            returns: then.returns.map(json),
            same_as: then.same_as,
            differs_from: then.differs_from,
            may_raise: then.may_raise.map(json),
            at_most: then.at_most,
            anything: then.anything,
            completes: then.completes,
            event: then.event,
            filter: json_table(then.filter),
            during: then.during,
            count: then.count.map(json),
            every: json_table(then.every),
            end: then.end,
        });
    }
    all
}

/// The texts in a value: itself, or the items of a list.
fn texts(value: &toml::Value) -> Vec<&str> {
    match value.as_array() {
        Some(items) => items.iter().filter_map(toml::Value::as_str).collect(),
        None => value.as_str().into_iter().collect(),
    }
}
