//! Reads one case file and checks it against the vocabulary.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::stem;
use crate::diagnose::{self, Mistake};
use crate::model::{
    Acceptance, Actor, ArgumentKind, Binds, Case, Catch, Choice, Given, Imports, Level, Phase, Row, Step, Then,
    Vocabulary,
};
use crate::placeholder::placeholders;
use crate::stand_in::Age;

/// What `{…}` may stand for besides `{row.key}`, `{row.name}` and the label of an earlier step.
const PLACEHOLDERS: &[&str] = &[
    "producer.module",
    "consumer.module",
    "consumer.wrong_name_error",
    "capsule.path",
    "capsule.module",
    "capsule.name",
    "capsule.agreed_name",
    "capsule.source",
    "made.name",
    "made.recorded_name",
    "consumes.after",
    "consumes.call",
    "consumes.good",
    "consumes.used_name",
    "consumes.path",
    "consumes.name",
    "consumes.failure",
    "consumes.trigger",
    "consumes.exercise",
    "consumes.module",
    "consumes.result",
    "table.stand_in",
    "table.size",
    "table.expected",
    "table.found",
    "declared.size",
    "declared.slots",
    "declared.version_offset",
    "declared.version_size",
    "declared.version",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    summary: String,
    level: Level,
    binds: Binds,
    spec: String,
    why: String,
    #[serde(default)]
    given: GivenFile,
    #[serde(default)]
    rows: BTreeMap<String, toml::Table>,
    when: Vec<toml::Table>,
    then: Vec<ThenFile>,
    #[serde(default)]
    catches: Vec<CatchFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct GivenFile {
    producers: Option<toml::Value>,
    consumers: Option<toml::Value>,
    lazy: Vec<Binds>,
    conventions: BTreeSet<String>,
    #[serde(default)]
    names: BTreeSet<String>,
    baseline: bool,
    imports: Option<Imports>,
    arguments: bool,
    once: bool,
    process: Process,
    flags: Vec<String>,
    interpreters: Option<String>,
    ends_by: EndsBy,
    table: Option<Acceptance>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Process {
    #[default]
    Fork,
    Fresh,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EndsBy {
    #[default]
    Leaving,
    Shutdown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThenFile {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatchFile {
    producer: Option<String>,
    consumer: Option<String>,
    #[serde(default)]
    rows: Vec<String>,
    seen: String,
}

/// Collects what is wrong with one file, with the line where it can be told.
struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn say(&mut self, needle: &str, message: impl Into<String>) {
        self.mistakes.push(diagnose::mistake_at(self.path, self.text, needle, message));
    }
}

/// Parses `suite/cases/<family>/<stem>.toml`.
pub(super) fn parse(path: &str, text: &str, vocabulary: &Vocabulary) -> Result<Case, Vec<Mistake>> {
    let file: CaseFile = toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    let mut reader = Reader { path, text, mistakes: Vec::new() };
    let family = path.rsplit('/').nth(1).unwrap_or_default();
    if !file.spec.starts_with("https://") {
        reader.say("spec", "`spec` must be an https:// address");
    }
    let rows = rows(&mut reader, file.rows, file.level);
    let given = given(&mut reader, file.given);
    tables(&mut reader, &given, &rows);
    let when = steps(&mut reader, file.when, vocabulary, &rows);
    let then = expectations(&mut reader, file.then, &when, &rows);
    let catches = catches(&mut reader, file.catches, &rows);
    if when.iter().any(|step| step.by == Some(Actor::Producer)) && given.producers.is_none() {
        reader.say("by = \"producer\"", "a step is by the producer, but `given.producers` is not set");
    }
    if when.iter().any(|step| step.by == Some(Actor::Consumer)) && given.consumers.is_none() {
        reader.say("by = \"consumer\"", "a step is by the consumer, but `given.consumers` is not set");
    }
    if !reader.mistakes.is_empty() {
        return Err(reader.mistakes);
    }
    Ok(Case {
        id: format!("{family}::{}", stem(path)),
        summary: file.summary,
        level: file.level,
        binds: file.binds,
        spec: file.spec,
        why: file.why,
        given,
        rows,
        when,
        then,
        catches,
        path: path.to_owned(),
    })
}

fn rows(reader: &mut Reader, file: BTreeMap<String, toml::Table>, case_level: Level) -> Vec<Row> {
    if file.is_empty() {
        return vec![Row::default()];
    }
    let mut keys: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for (name, mut table) in file {
        let level = match table.remove("level").map(toml::Value::try_into::<Level>) {
            None => None,
            Some(Ok(level)) if level <= case_level => Some(level),
            Some(_) => {
                reader.say(
                    &format!("[rows.{name}]"),
                    "a row's `level` is must, should or info, and never above the case's",
                );
                None
            }
        };
        let values = json_table(table);
        let these: Vec<String> = values.keys().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        if keys.get_or_insert_with(|| these.clone()) != &these {
            reader.say(&format!("[rows.{name}]"), "every row of a case has the same keys");
        }
        rows.push(Row { name: Some(name), level, values });
    }
    rows
}

fn given(reader: &mut Reader, file: GivenFile) -> Given {
    if !file.flags.is_empty() && file.process == Process::Fork {
        reader.say("flags", "`flags` need `process = \"fresh\"`");
    }
    if let Some(Err(message)) = file.interpreters.as_deref().map(crate::requirement::parse) {
        reader.say("interpreters", message);
    }
    Given {
        producers: choice(reader, "producers", file.producers),
        consumers: choice(reader, "consumers", file.consumers),
        lazy_producer: file.lazy.contains(&Binds::Producer),
        lazy_consumer: file.lazy.contains(&Binds::Consumer),
        conventions: file.conventions,
        names: file.names,
        baseline: file.baseline,
        imports: file.imports,
        arguments: file.arguments,
        once: file.once,
        fresh: file.process == Process::Fresh,
        flags: file.flags,
        interpreters: file.interpreters,
        shutdown: file.ends_by == EndsBy::Shutdown,
        table: file.table,
    }
}

/// A row's `table` is an age, from which the plan makes a stand-in.
fn tables(reader: &mut Reader, given: &Given, rows: &[Row]) {
    for row in rows {
        let known = row.values.get("table").map(|age| serde_json::from_value::<Age>(age.clone()));
        let problem = match known {
            Some(Err(error)) => error.to_string(),
            None if given.table.is_some() => "`given.table` needs rows with a `table`".to_owned(),
            _ => continue,
        };
        reader.say(&format!("{} ", row.name.as_deref().unwrap_or("table")), problem);
    }
}

fn choice(reader: &mut Reader, key: &str, value: Option<toml::Value>) -> Option<Choice> {
    let words: Result<Vec<String>, _> = match value? {
        toml::Value::String(text) => Ok(vec![text]),
        value => value.try_into(),
    };
    let Ok(words) = words else {
        reader.say(
            key,
            format!(
                "`{key}` is \"*\", \"declaring\", \"targets\", a fixture's stem or `stem@build`, or a list of these"
            ),
        );
        return None;
    };
    Some(Choice {
        all: words.iter().any(|word| word == "*"),
        targets: words.iter().any(|word| word == "targets"),
        declaring: words.iter().any(|word| word == "declaring"),
        wanted: key == "producers" && words.iter().any(|word| word == "wanted"),
        stems: words
            .into_iter()
            .filter(|word| !["*", "declaring", "targets", "wanted"].contains(&word.as_str()))
            .collect(),
    })
}

fn steps(reader: &mut Reader, file: Vec<toml::Table>, vocabulary: &Vocabulary, rows: &[Row]) -> Vec<Step> {
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
    let condition = text("if");
    if let Some(needed) = condition.as_ref().filter(|it| !labels.contains(*it)) {
        reader.say("if ", format!("`if` names `{needed}`, but no earlier step is called so"));
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
    Some(Step { label, verb, by, args, phase, thread, handling, condition })
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

fn known_placeholder(name: &str, rows: &[Row]) -> bool {
    match name.strip_prefix("row.") {
        Some("name") => rows.iter().all(|row| row.name.is_some()),
        Some(key) => rows.iter().all(|row| row.values.contains_key(key)),
        None => PLACEHOLDERS.contains(&name),
    }
}

fn expectations(reader: &mut Reader, file: Vec<ThenFile>, when: &[Step], rows: &[Row]) -> Vec<Then> {
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

fn catches(reader: &mut Reader, file: Vec<CatchFile>, rows: &[Row]) -> Vec<Catch> {
    let mut catches = Vec::new();
    for catch in file {
        for row in &catch.rows {
            if !rows.iter().any(|it| it.name.as_ref() == Some(row)) {
                reader.say(&format!("\"{row}\""), format!("`[[catches]]` names row `{row}`, which does not exist"));
            }
        }
        match (catch.producer, catch.consumer) {
            (Some(stem), None) => {
                catches.push(Catch { stem, side: Binds::Producer, rows: catch.rows, seen: catch.seen });
            }
            (None, Some(stem)) => {
                catches.push(Catch { stem, side: Binds::Consumer, rows: catch.rows, seen: catch.seen });
            }
            _ => reader.say("[[catches]]", "each `[[catches]]` has either `producer` or `consumer`"),
        }
    }
    catches
}

fn json_table(table: toml::Table) -> Map<String, Value> {
    table.into_iter().map(|(key, value)| (key, json(value))).collect()
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(json).collect()),
        toml::Value::Table(table) => Value::Object(json_table(table)),
    }
}
