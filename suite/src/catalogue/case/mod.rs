//! Reads one case file and checks it against the vocabulary.

mod expectations;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use self::expectations::{ThenFile, expectations};
use self::steps::steps;
use super::stem;
use crate::diagnose::{self, Mistake};
use crate::model::{Acceptance, Actor, Binds, Case, Catch, Choice, Given, Imports, Level, Row, Vocabulary};
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
    "consumes.asked_for",
    "consumes.shorter_name",
    "consumes.other_case",
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
    destructor: Option<bool>,
    baseline: bool,
    imports: Option<Imports>,
    eager: bool,
    arguments: bool,
    once: bool,
    process: Process,
    flags: Vec<String>,
    interpreters: Option<String>,
    ends_by: EndsBy,
    table: Option<Acceptance>,
    deadline: Option<f64>,
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
    let deadline = file.deadline.map(Duration::try_from_secs_f64);
    if deadline.as_ref().is_some_and(|it| it.as_ref().is_ok_and(Duration::is_zero) || it.is_err()) {
        reader.say("deadline", "`deadline` is a positive number of seconds");
    }
    Given {
        producers: choice(reader, "producers", file.producers),
        consumers: choice(reader, "consumers", file.consumers),
        lazy_producer: file.lazy.contains(&Binds::Producer),
        lazy_consumer: file.lazy.contains(&Binds::Consumer),
        conventions: file.conventions,
        names: file.names,
        destructor: file.destructor,
        baseline: file.baseline,
        imports: file.imports,
        eager: file.eager,
        arguments: file.arguments,
        once: file.once,
        fresh: file.process == Process::Fresh,
        flags: file.flags,
        interpreters: file.interpreters,
        shutdown: file.ends_by == EndsBy::Shutdown,
        table: file.table,
        deadline: deadline.and_then(Result::ok),
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

fn known_placeholder(name: &str, rows: &[Row]) -> bool {
    match name.strip_prefix("row.") {
        Some("name") => rows.iter().all(|row| row.name.is_some()),
        Some(key) => rows.iter().all(|row| row.values.contains_key(key)),
        None => PLACEHOLDERS.contains(&name),
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
