//! Decides what runs: case × row × producer × consumer × interpreter; pure.

mod choose;
mod expect;
mod fixtures;
mod made;
mod scope;
mod script;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use self::choose::{choose, choose_pairings};
use self::expect::expectation;
use self::made::Made;
use self::scope::capsule_scope;
use self::script::{OPTIONAL, bind_modules, fill, inner, offered, spoken_of, steps};
use crate::convention;
use crate::model::{
    Acceptance, Actor, AtExit, Binds, Build, Case, Catalogue, Expectation, Facts, Fixture, Imports, Interpreter, Level,
    Pairing, Participant, Plan, Row, Script, SetAside, ShardRecord, Step, Table, Target,
};
use crate::requirement;
use crate::stand_in;
use crate::table;

pub use self::choose::{select_cases, select_defects};

/// What the user wants of all that could run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Patterns of `--case`; all if empty.
    pub cases: Vec<String>,
    /// Patterns of `--skip`.
    pub skips: Vec<String>,
    /// Ids or stems of `--producer`.
    pub producers: Vec<String>,
    /// Ids or stems of `--consumer`.
    pub consumers: Vec<String>,
    /// Ids of `--pairing`.
    pub pairings: Vec<String>,
    /// A defect fixture that takes its side's place in every case that binds it.
    pub stand_in: Option<String>,
    /// The part to run; all of the plan if absent.
    pub shard: Option<ShardRecord>,
}

/// The selection cannot be met.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A pattern is not one.
    #[error("`{pattern}` is not a pattern: {reason}")]
    Pattern {
        /// As given.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// A pattern fits nothing.
    #[error("{option} `{pattern}` matches nothing{hint}; `capsule-conformance list` and `explain` show what there is")]
    MatchesNothing {
        /// The option it came from.
        option: &'static str,
        /// As given.
        pattern: String,
        /// The nearest thing there is.
        hint: String,
    },
}

/// Makes the plan.
///
/// # Errors
///
/// A pattern that is not one, or that matches nothing.
pub fn make(
    catalogue: &Catalogue,
    facts: &Facts,
    targets: &[Target],
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let cases = select_cases(catalogue, selection)?;
    let mut pairings = Vec::new();
    for (index, interpreter) in facts.interpreters.iter().enumerate() {
        let place = Place { catalogue, index, interpreter, stand_in: selection.stand_in.as_deref() };
        if targets.is_empty() {
            for case in &cases {
                place.fixture_pairings(case, &mut pairings);
            }
        }
        for target in targets {
            let understood = |it| convention::understood(&catalogue.conventions, it);
            let consumes = target.consumes.iter().map(understood).collect();
            place.target_pairings(&Target { consumes, ..target.clone() }, facts, &cases, &mut pairings);
        }
    }
    // Whoever was brought along meets everybody; what the suite's own make of each other is another question.
    if catalogue.fixtures.iter().any(Fixture::is_outside) {
        pairings.retain(|it: &Pairing| [&it.producer, &it.consumer].into_iter().flatten().any(is_outside));
    }
    pairings.sort_by(|a: &Pairing, b: &Pairing| a.id.cmp(&b.id));
    choose("--producer", &selection.producers, &mut pairings, |pairing| pairing.producer.as_ref())?;
    choose("--consumer", &selection.consumers, &mut pairings, |pairing| pairing.consumer.as_ref())?;
    choose_pairings(&selection.pairings, &mut pairings)?;
    Ok(Plan { pairings })
}

fn is_outside(participant: &Participant) -> bool {
    matches!(participant, Participant::Fixture { build: Build::Outside, .. })
}

/// One interpreter of the plan, with what is needed to fill it.
struct Place<'a> {
    catalogue: &'a Catalogue,
    index: usize,
    interpreter: &'a Interpreter,
    stand_in: Option<&'a str>,
}

/// One side of a pairing, with what its placeholders stand for.
#[derive(Clone, Default)]
struct Side {
    participant: Option<Participant>,
    subject: Option<String>,
    scope: BTreeMap<String, Value>,
    lacks: BTreeSet<String>,
    not_applicable: Option<String>,
    unverified: Option<String>,
    is_target: bool,
    /// The table that it makes or takes, as declared.
    table: Option<Table>,
    /// What such a table looks like where everybody has to refuse it, by its age.
    known: Option<BTreeMap<String, Value>>,
    /// Where a producer keeps that table, and its name.
    table_at: Option<(String, Value)>,
    /// The other places of the capsule that it takes.
    aliases: Vec<String>,
    /// Every fault is beyond the contract: it spoils the consumer's own capsule.
    is_own: bool,
    /// The capsule that it takes has no name, and should have none.
    is_unnamed: bool,
    /// Imported before anything else, besides what the manifest says.
    preload: Vec<String>,
    /// The factory that makes its capsules.
    made: Option<Made>,
}

impl Place<'_> {
    /// None if the case speaks of something that these sides do not have, such as a capsule kept as an attribute.
    fn pairing(
        &self,
        case: &Case,
        row: &Row,
        producer: &Side,
        consumer: &Side,
        target: Option<&Target>,
    ) -> Option<Pairing> {
        let bound = if case.binds == Binds::Consumer { consumer } else { producer };
        let subject = bound
            .subject
            .clone()
            .or_else(|| producer.subject.clone())
            .or_else(|| consumer.subject.clone())
            .unwrap_or_else(|| "runtime".to_owned());
        let by = consumer.participant.as_ref().map(|it| it.module().to_owned());
        let id = pairing_id(case, row, producer, consumer, &self.interpreter.id, by.as_deref(), &subject);
        let mut scope: BTreeMap<String, Value> = producer.scope.clone();
        scope.extend(consumer.scope.clone());
        scope.extend(row.name.as_ref().map(|name| ("row.name".to_owned(), Value::from(name.clone()))));
        let values: Vec<_> =
            row.values.iter().map(|(key, value)| (format!("row.{key}"), fill(value.clone(), &scope))).collect();
        scope.extend(values);
        let table = tables(case, row, bound, &mut scope);
        if table.is_ok() && spoken_of(case).any(|name| !OPTIONAL.contains(&name) && !scope.contains_key(name)) {
            return None;
        }
        let mut steps = steps(case, producer.made.as_ref(), &scope);
        if let Some(made) = &producer.made {
            made.say(&mut steps);
        }
        let made_by = producer.made.as_ref().and(producer.participant.as_ref()).map(|it| it.module().to_owned());
        let named = target.map_or_else(|| made_by.into_iter().collect(), Target::named_modules);
        for step in &mut steps {
            bind_modules(step, &named);
            if ["fault", "forget"].contains(&step.verb.as_str()) && !consumer.aliases.is_empty() {
                step.args.insert("aliases".to_owned(), Value::from(consumer.aliases.clone()));
            }
        }
        let any_exit = target.is_some_and(|it| it.at_exit == AtExit::Any);
        let offered = offered(case, &steps);
        let mut expectation = Expectation { offered, any_exit, ..expectation(case, &steps, &scope, bound.is_target) };
        if producer.made.is_some() {
            Made::temper(&mut expectation);
        }
        let spoils_its_own = consumer.is_own && steps.iter().any(|step| step.verb == "fault");
        let set_aside = self.set_aside(case, &steps, producer, consumer);
        let set_aside = set_aside.or_else(|| table.err().map(SetAside::NotApplicable));
        let mut modules = target.map(|it| it.preload.clone()).unwrap_or_default();
        modules.extend(consumer.preload.iter().cloned());
        // Who is handed a capsule has been imported long before.
        let preload_target = (producer.is_target || case.given.arguments && consumer.is_target) && !case.given.fresh;
        Some(Pairing {
            id,
            case: case.id.clone(),
            row: row.name.clone(),
            binds: case.binds,
            level: if spoils_its_own { Level::Info } else { row.level.unwrap_or(case.level) },
            interpreter: self.index,
            interpreter_id: self.interpreter.id.clone(),
            producer: producer.participant.clone(),
            consumer: consumer.participant.clone(),
            by,
            subject,
            target: target.and_then(|it| it.module.clone()),
            script: Script {
                steps,
                fresh: case.given.fresh,
                flags: case.given.flags.clone(),
                env: target.map(|it| it.env.clone()).unwrap_or_default(),
                classes: target.map(Target::named_classes).unwrap_or_default(),
                preload: modules
                    .into_iter()
                    .chain(preload_target.then(|| target.and_then(|it| it.module.clone())).flatten())
                    .collect(),
                shutdown: case.given.shutdown,
                deadline: case.given.deadline.filter(|_| target.is_none()),
                lazy_producer: case.given.lazy_producer || producer.is_target,
                lazy_consumer: case.given.lazy_consumer || consumer.is_target,
            },
            expectation,
            why: case.why.clone(),
            set_aside,
        })
    }

    fn set_aside(&self, case: &Case, steps: &[Step], producer: &Side, consumer: &Side) -> Option<SetAside> {
        if let Some(wanted) = &case.given.interpreters
            && !requirement::meets(wanted, self.interpreter)
        {
            return Some(SetAside::NotApplicable(format!("the requirement is about {wanted}")));
        }
        for side in [producer, consumer] {
            if let Some(reason) = &side.not_applicable {
                return Some(SetAside::NotApplicable(reason.clone()));
            }
        }
        let lacks = |by: Option<Actor>, verb: &str, args: &Map<String, Value>| match by {
            Some(Actor::Producer) => lacking(verb, args, &producer.lacks),
            Some(Actor::Consumer) => lacking(verb, args, &consumer.lacks),
            _ => None,
        };
        let lacking = steps.iter().find_map(|step| {
            lacks(step.by, &step.verb, &step.args)
                .or_else(|| inner(step).find_map(|(by, verb, args)| lacks(by, verb, args)))
        });
        if let Some(what) = lacking {
            return Some(SetAside::NotApplicable(format!("the binding has no way to say `{what}`")));
        }
        if consumer.is_target
            && let Some(step) = case.when.iter().find(|step| step.by == Some(Actor::Consumer))
        {
            return Some(SetAside::NotApplicable(format!("needs a consumer that can `{}` on demand", step.verb)));
        }
        let takes_the_name = |step: &Step| {
            let is_handed_over = case.given.arguments && step.verb == "new";
            step.args.get("fault").is_some_and(|it| it == "unnamed")
                || is_handed_over && step.args.get("name").is_some_and(|it| it.get("null").is_some())
        };
        if consumer.is_unnamed && steps.iter().any(takes_the_name) {
            return Some(SetAside::NotApplicable("to have no name is what was agreed on".to_owned()));
        }
        let fails_a_call =
            |step: &Step| step.args.get("call").and_then(|it| it.get("name")).is_some_and(Value::is_null);
        if steps.iter().any(fails_a_call) {
            return Some(SetAside::NotApplicable(
                "a call is known by the name it asks for, and this one has none".to_owned(),
            ));
        }
        if steps.iter().any(raises_in_a_dictionary) {
            return Some(SetAside::NotApplicable("looking up a key of a dictionary runs no code".to_owned()));
        }
        consumer.unverified.clone().map(SetAside::Unverified)
    }
}

/// A fault that would have to run code where a plain dictionary runs none.
fn raises_in_a_dictionary(step: &Step) -> bool {
    let text = |key: &str| step.args.get(key).and_then(Value::as_str).unwrap_or_default();
    let in_a_dictionary = text("on").ends_with(']') || text("on").contains(".__pyx_capi__.");
    step.verb == "fault" && ["attribute_raises", "getattr_raises"].contains(&text("fault")) && in_a_dictionary
}

/// What a binding lacks for a step: the verb, one of its arguments, or the NULL name.
fn lacking(verb: &str, args: &Map<String, Value>, lacks: &BTreeSet<String>) -> Option<String> {
    if lacks.contains(verb) {
        return Some(verb.to_owned());
    }
    args.iter().find_map(|(key, value)| {
        let said = !matches!(value, Value::Null | Value::Bool(false)) && value.as_u64() != Some(0);
        let unnamed = value.get("null").is_some() && lacks.contains("unnamed");
        if lacks.contains(key) && said { Some(key.clone()) } else { unnamed.then(|| "unnamed".to_owned()) }
    })
}

/// Makes the stand-in that a row asks for, or says what a producer declared; an error is why the row does not apply.
/// Of a table that nobody declared nothing is said.
fn tables(case: &Case, row: &Row, bound: &Side, scope: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let Some(table) = &bound.table else {
        known_stand_in(case, row, bound, scope);
        return Ok(());
    };
    let shape = table::shape(table)?;
    if let Some(age) = row.values.get("table") {
        let age = serde_json::from_value(age.clone()).map_err(|error| error.to_string())?;
        let name = scope.get("consumes.name").and_then(Value::as_str);
        let made = stand_in::stand_in(&shape, name, age)?;
        if case.given.table.is_some_and(|wanted| wanted != made.outcome) {
            let policy = shape.policy.map(|it| format!(" `{it}`")).unwrap_or_default();
            let word = if made.outcome == Acceptance::Accepted { "accepts" } else { "refuses" };
            return Err(format!("the declared policy{policy} {word} this table"));
        }
        made.fill(scope);
    } else if spoken_of(case).any(|name| name == "declared.slots") {
        stand_in::required_slots(&shape, scope)?;
    } else if spoken_of(case).any(|name| name.starts_with("declared.")) {
        if let (Some((path, name)), Some(module)) = (&bound.table_at, &bound.participant) {
            capsule_scope(scope, module.module(), path, name);
        }
        stand_in::declared(&shape, scope)?;
    }
    Ok(())
}

/// The stand-in for a table that nobody declared, where its own convention says what to make of it. That the consumer
/// cannot do without it was not said either.
fn known_stand_in(case: &Case, row: &Row, bound: &Side, scope: &mut BTreeMap<String, Value>) {
    let age = row.values.get("table").and_then(Value::as_str);
    let recipe = bound.known.as_ref().zip(age).and_then(|(known, age)| known.get(age));
    let asks = case.given.table == Some(Acceptance::Refused) && case.given.imports == Some(Imports::Any);
    if let Some(recipe) = recipe.filter(|_| asks) {
        scope.insert("table.size".to_owned(), recipe.get("size").cloned().unwrap_or_default());
        scope.insert("table.stand_in".to_owned(), recipe.clone());
    }
}

fn pairing_id(
    case: &Case,
    row: &Row,
    producer: &Side,
    consumer: &Side,
    interpreter: &str,
    by: Option<&str>,
    subject: &str,
) -> String {
    let side = |it: &Side| it.participant.as_ref().map_or_else(|| "-".to_owned(), Participant::id);
    let row = row.name.as_ref().map(|name| format!("[{name}]")).unwrap_or_default();
    format!("{}{row}/{}/{}/{interpreter}/{}/{subject}", case.id, side(producer), side(consumer), by.unwrap_or("-"))
}
