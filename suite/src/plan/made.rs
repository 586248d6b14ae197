//! Says a case in the words of somebody's factory: what `make` means for it, and which cases it cannot serve.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::scope::{name_value, recorded_name};
use super::script::inner;
use crate::model::{Actor, Capsule, Case, Expectation, Outcome, Produces, Row, Step};

/// What instrumented payloads alone can tell, which somebody's are not.
const OF_OUR_PAYLOADS: &str = "freed";

/// A capsule that an expression of the manifest makes.
#[derive(Debug, Clone)]
pub(super) struct Made {
    expression: String,
    /// What must return to its first value.
    releases: Option<String>,
    has_destructor: bool,
    shared: bool,
}

impl Made {
    /// What a fixture's header says of one.
    pub(super) fn of_a_fixture(declared: &Produces) -> Option<Made> {
        Some(Made {
            expression: declared.factory.clone()?,
            releases: declared.releases.clone(),
            has_destructor: true,
            shared: declared.shared,
        })
    }

    pub(super) fn expression(&self) -> &str {
        &self.expression
    }

    pub(super) fn new(capsule: &Capsule, declared: Option<&Produces>) -> Made {
        Made {
            expression: capsule.path.clone(),
            releases: declared.and_then(|it| it.releases.clone()),
            has_destructor: capsule.destructor,
            shared: declared.is_some_and(|it| it.shared),
        }
    }

    /// What the placeholders stand for.
    pub(super) fn scope(&self, scope: &mut BTreeMap<String, Value>, name: Option<&[u8]>) {
        scope.insert("capsule.source".to_owned(), Value::from(self.expression.clone()));
        scope.insert("made.name".to_owned(), name_value(name));
        scope.insert("made.recorded_name".to_owned(), name.map_or(Value::Null, |name| name_value(Some(name))));
    }

    /// Why a case cannot be asked of this factory; none if it can. Decided before the row is known.
    pub(super) fn objection(&self, case: &Case) -> Option<String> {
        let makes = demands(case).any(|(verb, _)| verb == "make");
        for (verb, args) in demands(case) {
            match verb {
                "make" if args.get("name").is_none_or(|name| !says(name, "{made.name}")) => {
                    return Some("the factory chooses the name".to_owned());
                }
                "open_handles" if self.releases.is_none() => {
                    return Some(
                        "needs `releases` in the manifest, which says what must return to its value".to_owned(),
                    );
                }
                "make" | "open_handles" => {}
                other => return Some(format!("needs a producer that can `{other}` on demand")),
            }
        }
        if case.given.consumers.is_some() || reads_the_payload(case) {
            return Some("is about what the payloads of the suite's own fixtures hold".to_owned());
        }
        if makes && self.shared {
            return Some("the factory returns a capsule that others keep".to_owned());
        }
        let ends = |step: &Step| matches!(step.verb.as_str(), "drop" | "cycle" | "hold");
        let counts = demands(case).any(|(verb, _)| verb == "open_handles");
        let about_the_end = makes && !counts && case.when.iter().any(ends);
        (about_the_end && !self.has_destructor).then(|| "the capsule has no destructor".to_owned())
    }

    /// Whether the row asks for what any factory makes: one capsule with its destructor.
    pub(super) fn serves(case: &Case, row: &Row) -> bool {
        demands(case).filter(|(verb, _)| *verb == "make").all(|(_, args)| {
            let kind = args.get("kind").and_then(Value::as_str).unwrap_or_default();
            let key = kind.strip_prefix("{row.").and_then(|it| it.strip_suffix('}'));
            let kind = key.and_then(|key| row.values.get(key)).and_then(Value::as_str).unwrap_or(kind);
            let plain = |key: &str, usual: &Value| args.get(key).is_none_or(|value| value == usual);
            kind == "handle"
                && plain("payload", &Value::Null)
                && plain("destructor", &Value::Bool(true))
                && plain("sealed", &Value::Bool(false))
        })
    }

    /// The same steps, with the producer's own verbs in words of the manifest.
    pub(super) fn say(&self, steps: &mut [Step]) {
        for step in steps {
            if step.by == Some(Actor::Producer) {
                step.by = None;
                self.say_one(&mut step.verb, &mut step.args);
            }
            for inside in step.args.values_mut().filter_map(Value::as_array_mut).flatten() {
                self.say_inside(inside);
            }
        }
    }

    fn say_inside(&self, step: &mut Value) {
        let Some(step) = step.as_object_mut().filter(|it| it.get("by") == Some(&json!("producer"))) else {
            return;
        };
        step.shift_remove("by");
        let mut verb = step.get("do").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut args = step.get("args").and_then(Value::as_object).cloned().unwrap_or_default();
        self.say_one(&mut verb, &mut args);
        step.insert("do".to_owned(), Value::from(verb));
        step.insert("args".to_owned(), Value::Object(args));
    }

    fn say_one(&self, verb: &mut String, args: &mut Map<String, Value>) {
        let (word, expression) = match verb.as_str() {
            "open_handles" => ("eval", self.releases.clone().unwrap_or_default()),
            _ => ("create", self.expression.clone()),
        };
        word.clone_into(verb);
        *args = Map::from_iter([("expression".to_owned(), Value::from(expression))]);
    }

    /// The step `obtain`, for which a capsule that is kept is fetched.
    pub(super) fn obtain(made: Option<&Made>, step: &mut Step) {
        let source = step.args.shift_remove("source").unwrap_or_default();
        let (verb, key) = if made.is_some() { ("create", "expression") } else { ("fetch", "path") };
        verb.clone_into(&mut step.verb);
        step.args = Map::from_iter([(key.to_owned(), source)]);
    }

    /// Leaves out what only instrumented payloads can tell, and that something opens: whether an expression of the
    /// manifest notices a new capsule at all is its author's business.
    pub(super) fn temper(expectation: &mut Expectation) {
        expectation.events.retain(|it| it.event != OF_OUR_PAYLOADS);
        expectation.steps.retain(|it| !matches!(it.outcome, Outcome::DiffersFrom(_)));
    }
}

/// The producer's own verbs in a case, with their arguments as written; steps inside steps included.
fn demands(case: &Case) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
    let own = |step: &&Step| step.by == Some(Actor::Producer);
    let outer = case.when.iter().filter(own).map(|step| (step.verb.as_str(), &step.args));
    let inside = case.when.iter().flat_map(inner).filter(|(by, ..)| *by == Some(Actor::Producer));
    outer.chain(inside.map(|(_, verb, args)| (verb, args)))
}

/// Whether an argument is nothing but this placeholder.
fn says(value: &Value, placeholder: &str) -> bool {
    value.as_str().or_else(|| value.get("text").and_then(Value::as_str)) == Some(placeholder)
}

/// Whether a step goes through a capsule's pointer: what stands there is for its maker's own consumers.
fn reads_the_payload(case: &Case) -> bool {
    let pointers = || case.when.iter().filter(|step| step.verb == "get_pointer").map(|step| step.label.as_str());
    let address =
        |step: &Step| step.args.get("address").and_then(|it| it.get("ref")).and_then(Value::as_str).map(str::to_owned);
    let mut reads = case.when.iter().filter(|step| step.verb == "read").filter_map(address);
    reads.any(|label| pointers().any(|pointer| pointer == label))
}

/// What the fixtures' own `make` is asked for where a case leaves the name open.
pub(super) fn fixture_scope(scope: &mut BTreeMap<String, Value>) {
    const NAME: &str = "mydb.handle";
    scope.insert("made.name".to_owned(), Value::from(NAME));
    scope.insert("made.recorded_name".to_owned(), recorded_name(Some(NAME)));
}
