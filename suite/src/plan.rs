//! Decides what runs: case × row × producer × consumer × interpreter; pure.

mod made;

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};
use serde_json::{Map, Value};

use self::made::Made;
use crate::diagnose::nearest;
use crate::model::{
    Acceptance, Actor, AtExit, Binds, Build, Capsule, Case, Catalogue, Consumes, EventExpectation, Expectation, Facts,
    Fixture, Interpreter, Level, Looked, Outcome, Pairing, Participant, Plan, Produces, Raises, Row, Script, SetAside,
    ShardRecord, Step, StepExpectation, Table, Tally, Target, TargetFacts, Then,
};
use crate::stand_in;
use crate::table;
use crate::{convention, requirement};

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
    #[error("{option} `{pattern}` matches nothing{hint}; `capsule-conformance list` shows what there is")]
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
            place.target_pairings(target, facts, &cases, &mut pairings);
        }
    }
    pairings.sort_by(|a: &Pairing, b: &Pairing| a.id.cmp(&b.id));
    choose("--producer", &selection.producers, &mut pairings, |pairing| pairing.producer.as_ref())?;
    choose("--consumer", &selection.consumers, &mut pairings, |pairing| pairing.consumer.as_ref())?;
    choose_pairings(&selection.pairings, &mut pairings)?;
    Ok(Plan { pairings })
}

/// The cases that `--case` and `--skip` leave.
///
/// # Errors
///
/// A pattern that is not one, or that matches nothing.
pub fn select_cases<'a>(catalogue: &'a Catalogue, selection: &Selection) -> Result<Vec<&'a Case>, PlanError> {
    let wanted = matchers("--case", &selection.cases, catalogue)?;
    let skipped = matchers("--skip", &selection.skips, catalogue)?;
    Ok(catalogue
        .cases
        .iter()
        .filter(|case| wanted.is_empty() || wanted.iter().any(|glob| glob.is_match(&case.id)))
        .filter(|case| !skipped.iter().any(|glob| glob.is_match(&case.id)))
        .collect())
}

fn matchers(option: &'static str, patterns: &[String], catalogue: &Catalogue) -> Result<Vec<GlobMatcher>, PlanError> {
    let mut matchers = Vec::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .build()
            .map_err(|error| PlanError::Pattern { pattern: pattern.clone(), reason: error.to_string() })?
            .compile_matcher();
        if !catalogue.cases.iter().any(|case| glob.is_match(&case.id)) {
            return Err(no_match(option, pattern, catalogue.cases.iter().map(|case| case.id.as_str())));
        }
        matchers.push(glob);
    }
    Ok(matchers)
}

fn no_match<'a>(option: &'static str, pattern: &str, known: impl Iterator<Item = &'a str>) -> PlanError {
    let hint = nearest(pattern, known).map(|it| format!(" (the nearest is `{it}`)")).unwrap_or_default();
    PlanError::MatchesNothing { option, pattern: pattern.to_owned(), hint }
}

fn choose(
    option: &'static str,
    wanted: &[String],
    pairings: &mut Vec<Pairing>,
    side: impl Fn(&Pairing) -> Option<&Participant>,
) -> Result<(), PlanError> {
    let fits = |participant: &Participant, id: &String| participant.id() == *id || participant.module() == id;
    for id in wanted {
        if !pairings.iter().any(|pairing| side(pairing).is_some_and(|it| fits(it, id))) {
            let known: BTreeSet<String> = pairings.iter().filter_map(|it| side(it).map(Participant::id)).collect();
            return Err(no_match(option, id, known.iter().map(String::as_str)));
        }
    }
    if !wanted.is_empty() {
        pairings.retain(|pairing| side(pairing).is_some_and(|it| wanted.iter().any(|id| fits(it, id))));
    }
    Ok(())
}

fn choose_pairings(wanted: &[String], pairings: &mut Vec<Pairing>) -> Result<(), PlanError> {
    for id in wanted {
        if !pairings.iter().any(|pairing| pairing.id == *id) {
            return Err(no_match("--pairing", id, pairings.iter().map(|pairing| pairing.id.as_str())));
        }
    }
    if !wanted.is_empty() {
        pairings.retain(|pairing| wanted.contains(&pairing.id));
    }
    Ok(())
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
    /// Where a producer keeps that table, and its name.
    table_at: Option<(String, Value)>,
    /// The other places of the capsule that it takes.
    aliases: Vec<String>,
    /// Every fault is beyond the contract: it spoils the consumer's own capsule.
    is_own: bool,
    /// The factory that makes its capsules.
    made: Option<Made>,
}

impl Place<'_> {
    fn fixture_pairings(&self, case: &Case, pairings: &mut Vec<Pairing>) {
        let stands_in = |side: Binds| self.stand_in.is_some() && case.binds == side;
        if self.stand_in.is_some() && !self.defect_fits(case) {
            return;
        }
        let producers = self.fixture_sides(case, Binds::Producer, stands_in(Binds::Producer));
        let consumers = self.fixture_sides(case, Binds::Consumer, stands_in(Binds::Consumer));
        for row in &case.rows {
            for producer in &producers {
                for consumer in &consumers {
                    pairings.extend(self.pairing(case, row, producer, consumer, None));
                }
            }
            if case.given.producers.as_ref().is_some_and(|it| it.wanted) {
                for consumer in &consumers {
                    pairings.extend(self.pairing(case, row, &self.maker(consumer), consumer, None));
                }
            }
        }
    }

    /// The clean fixture that makes what this consumer takes, in one build: no other could change the outcome.
    fn maker(&self, consumer: &Side) -> Side {
        let path = consumer.scope.get("consumes.path").and_then(Value::as_str);
        let makes = |it: &&Fixture| !it.is_defect() && it.produces.iter().any(|it| it.attribute.as_deref() == path);
        match self.catalogue.fixtures.iter().find(makes).filter(|_| path.is_some()) {
            Some(fixture) => {
                let build = fixture.builds.iter().find(|it| **it == Build::CMultiPhase).or(fixture.builds.first());
                self.fixture_side(fixture, build.copied().unwrap_or(Build::CMultiPhase))
            }
            None => {
                Side { not_applicable: Some("no fixture makes what this consumer takes".to_owned()), ..Side::default() }
            }
        }
    }

    /// A defect takes part where its side is bound, and where the case is open to more than named fixtures or lists it.
    fn defect_fits(&self, case: &Case) -> bool {
        let Some(stem) = self.stand_in else {
            return false;
        };
        let fixture = self.catalogue.fixtures.iter().find(|it| it.stem == stem);
        let side = fixture.filter(|it| self.speaks_of(case, it)).map(|it| it.side);
        let open = match case.binds {
            Binds::Runtime => None,
            Binds::Producer => case.given.producers.as_ref(),
            Binds::Consumer => case.given.consumers.as_ref(),
        };
        side == Some(case.binds)
            && open.is_some_and(|choice| choice.all || case.catches.iter().any(|catch| catch.stem == stem))
    }

    fn fixture_sides(&self, case: &Case, side: Binds, stand_in: bool) -> Vec<Side> {
        let choice = if side == Binds::Producer { &case.given.producers } else { &case.given.consumers };
        let Some(choice) = choice else {
            return vec![Side::default()];
        };
        let chosen = |fixture: &Fixture, build: Build| {
            if stand_in {
                self.stand_in == Some(fixture.stem.as_str())
            } else {
                let named = choice.names(&fixture.stem, build);
                !fixture.is_defect() && (named || choice.all && !fixture.by_name)
            }
        };
        let takes =
            |fixture: &&Fixture| side == Binds::Producer || is_about(case, spoken_entry(case, &fixture.consumes));
        let fixtures = self.catalogue.fixtures.iter().filter(|it| it.side == side).filter(takes);
        let fixtures = fixtures.filter(|it| self.speaks_of(case, it));
        let builds = fixtures.flat_map(|fixture| fixture.builds.iter().map(move |build| (fixture, *build)));
        builds
            .filter(|(fixture, build)| chosen(fixture, *build))
            .flat_map(|(fixture, build)| {
                let mut side = self.fixture_side(fixture, build);
                if let Some(consumes) = spoken_entry(case, &fixture.consumes) {
                    consumes_scope(&mut side.scope, consumes);
                }
                if self.follows_a_protocol(fixture) { self.exporting_sides(case, fixture, &side) } else { vec![side] }
            })
            .collect()
    }

    /// Once for each capsule that the case is about.
    fn exporting_sides(&self, case: &Case, fixture: &Fixture, side: &Side) -> Vec<Side> {
        let entries = fixture.produces.iter().filter(|it| {
            let named = it.name.as_ref().is_some_and(|name| case.given.names.contains(name));
            case.given.conventions.contains(&self.convention(it)) && (case.given.names.is_empty() || named)
        });
        let made = entries.filter_map(|entry| Some((entry.agreed_name(), Made::of_a_fixture(entry)?)));
        made.map(|(name, made)| {
            let mut side = Side { subject: Some(made.expression().to_owned()), ..side.clone() };
            side.scope.insert("capsule.agreed_name".to_owned(), recorded_name(name.as_deref()));
            made.scope(&mut side.scope, name.as_ref().map(String::as_bytes));
            side.made = Some(made);
            side
        })
        .collect()
    }

    /// A fixture that makes nothing but what follows a protocol stands for nobody else, and nobody else for it.
    fn speaks_of(&self, case: &Case, fixture: &Fixture) -> bool {
        let conventions = &case.given.conventions;
        let about_protocols = !conventions.is_empty() && conventions.iter().all(|it| self.is_protocol(it));
        if fixture.side == Binds::Consumer || !about_protocols && !self.follows_a_protocol(fixture) {
            return true;
        }
        fixture.produces.iter().any(|it| conventions.contains(&self.convention(it)))
    }

    fn follows_a_protocol(&self, fixture: &Fixture) -> bool {
        !fixture.produces.is_empty() && fixture.produces.iter().all(|it| self.is_protocol(&self.convention(it)))
    }

    fn is_protocol(&self, convention: &str) -> bool {
        self.catalogue.conventions.iter().any(|it| it.id == convention && it.protocol)
    }

    fn convention(&self, entry: &Produces) -> String {
        let name = entry.agreed_name();
        let name = name.as_ref().map(String::as_bytes);
        let classify = || convention::classify(&self.catalogue.conventions, &[entry.place()], name);
        entry.convention.clone().unwrap_or_else(classify)
    }

    fn fixture_side(&self, fixture: &Fixture, build: Build) -> Side {
        let not_applicable = match &fixture.interpreters {
            Some(wanted) if !requirement::meets(wanted, self.interpreter) => {
                Some(format!("the binding of {} supports {wanted}", build.word()))
            }
            _ if build == Build::CAbi3 && !self.interpreter.loads_abi3 => {
                Some("this interpreter does not load extensions of the stable ABI".to_owned())
            }
            _ => None,
        };
        let mut scope = BTreeMap::new();
        let mut table = None;
        let mut table_at = None;
        if fixture.side == Binds::Producer {
            scope.insert("producer.module".to_owned(), Value::from(fixture.stem.clone()));
            made::fixture_scope(&mut scope);
            if let Some(made) = fixture.produces.iter().find(|it| it.attribute.is_some() && it.table.is_some()) {
                table.clone_from(&made.table);
                let name = made.agreed_name().map_or(Value::Null, Value::from);
                table_at = made.attribute.clone().map(|path| (path, name));
            }
            let kept = fixture.produces.iter().find_map(|it| Some((it.attribute.as_ref()?, it.agreed_name())));
            if let Some((path, name)) = kept {
                scope.insert("capsule.agreed_name".to_owned(), recorded_name(name.as_deref()));
                capsule_scope(&mut scope, &fixture.stem, path, &name.map_or(Value::Null, Value::from));
            }
        } else {
            scope.insert("consumer.module".to_owned(), Value::from(fixture.stem.clone()));
            scope.insert("consumer.wrong_name_error".to_owned(), Value::from(fixture.wrong_name_error.clone()));
            if let Some(consumes) = fixture.consumes.first() {
                consumes_scope(&mut scope, consumes);
                table.clone_from(&consumes.table);
            }
            let exercise = fixture.exercise.clone().map_or(Value::Null, Value::from);
            scope.insert("consumes.exercise".to_owned(), exercise);
            scope.insert("consumes.result".to_owned(), fixture.result.map_or(Value::Null, Value::from));
        }
        Side {
            participant: Some(Participant::Fixture { stem: fixture.stem.clone(), build }),
            subject: Some(fixture.stem.clone()),
            scope,
            lacks: fixture.lacks.clone(),
            not_applicable,
            unverified: None,
            is_target: false,
            table,
            table_at,
            ..Side::default()
        }
    }

    fn target_pairings(&self, target: &Target, facts: &Facts, cases: &[&Case], pairings: &mut Vec<Pairing>) {
        let module = target.module.clone().unwrap_or_default();
        let seen = facts.targets.iter().find(|it| it.module == module && it.interpreter == self.interpreter.id);
        let failed = seen.is_none_or(|it| it.looked != Looked::Whole);
        for case in cases {
            if case.binds == Binds::Consumer && case.given.consumers.as_ref().is_some_and(|it| it.targets) {
                for consumer in consuming_sides(case, target, &module, seen, failed) {
                    for row in &case.rows {
                        pairings.extend(self.pairing(case, row, &Side::default(), &consumer, Some(target)));
                    }
                }
            }
            // An import that fails is one finding, not one for each capsule behind it.
            let open = case.given.producers.as_ref().is_some_and(|it| it.all || it.targets);
            if case.given.baseline && open && !failed {
                for (capsule, table) in &target.baseline {
                    self.baseline_pairings(case, target, &module, capsule, table.as_ref(), pairings);
                }
            } else if case.binds == Binds::Producer && open && !failed {
                let capsules = seen.map_or(&[][..], |it| &it.produces);
                let is_made = |capsule: &&Capsule| capsule.how == "factory";
                let verb = demanded(case).filter(|_| !capsules.is_empty());
                if let Some(verb) = verb.filter(|_| !capsules.iter().any(|it| is_made(&it))) {
                    // One line for the case is enough: no capsule, row or consumer could change it.
                    let mut producer = target_side(&module, Binds::Producer);
                    producer.not_applicable = Some(format!("needs a producer that can `{verb}` on demand"));
                    pairings.extend(self.pairing(case, &Row::default(), &producer, &Side::default(), Some(target)));
                    continue;
                }
                // Who keeps capsules and makes others is asked of the latter what only they can do.
                for capsule in capsules.iter().filter(|it| demanded(case).is_none() || is_made(it)) {
                    self.capsule_pairings(case, target, &module, capsule, pairings);
                }
            }
        }
    }

    /// What was handed out once takes the place of what is found.
    fn baseline_pairings(
        &self,
        case: &Case,
        target: &Target,
        module: &str,
        capsule: &Capsule,
        table: Option<&Table>,
        pairings: &mut Vec<Pairing>,
    ) {
        let mut producer = target_side(module, Binds::Producer);
        producer.subject = Some(capsule.path.clone());
        producer.table = table.cloned();
        capsule_scope(&mut producer.scope, module, &capsule.path, &name_value(capsule.name.as_deref()));
        for row in &case.rows {
            pairings.extend(self.pairing(case, row, &producer, &Side::default(), Some(target)));
        }
    }

    fn capsule_pairings(
        &self,
        case: &Case,
        target: &Target,
        module: &str,
        capsule: &Capsule,
        pairings: &mut Vec<Pairing>,
    ) {
        if !case.given.conventions.is_empty() && !case.given.conventions.contains(&capsule.convention) {
            return;
        }
        let name = capsule.name.as_deref().map(String::from_utf8_lossy);
        if !case.given.names.is_empty() && !name.is_some_and(|it| case.given.names.contains(&*it)) {
            return;
        }
        let mut producer = target_side(module, Binds::Producer);
        let declared = capsule.entry.and_then(|index| target.produces.get(index));
        producer.table = declared.and_then(|it| it.table.clone());
        producer.subject = Some(capsule.path.clone());
        if capsule.how == "factory" {
            let made = Made::new(capsule, declared);
            made.scope(&mut producer.scope, capsule.name.as_deref());
            producer.not_applicable = made.objection(case);
            producer.made = Some(made);
        } else {
            let name = name_value(capsule.name.as_deref());
            capsule_scope(&mut producer.scope, module, &capsule.path, &name);
        }
        if let Some(agreed) = &capsule.agreed {
            producer.scope.insert("capsule.agreed_name".to_owned(), recorded_name(agreed.as_deref()));
        }
        if producer.not_applicable.is_some() {
            pairings.extend(self.pairing(case, &Row::default(), &producer, &Side::default(), Some(target)));
            return;
        }
        let rows = case.rows.iter().filter(|row| producer.made.is_none() || Made::serves(case, row));
        for row in rows {
            for consumer in self.fixture_sides(case, Binds::Consumer, false) {
                pairings.extend(self.pairing(case, row, &producer, &consumer, Some(target)));
            }
        }
    }

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
            if step.verb == "fault" && !consumer.aliases.is_empty() {
                step.args.insert("aliases".to_owned(), Value::from(consumer.aliases.clone()));
            }
        }
        let any_exit = target.is_some_and(|it| it.at_exit == AtExit::Any);
        let mut expectation = Expectation { any_exit, ..expectation(case, &steps, &scope, bound.is_target) };
        if producer.made.is_some() {
            Made::temper(&mut expectation);
        }
        let spoils_its_own = consumer.is_own && steps.iter().any(|step| step.verb == "fault");
        let set_aside = self.set_aside(case, &steps, producer, consumer);
        let set_aside = set_aside.or_else(|| table.err().map(SetAside::NotApplicable));
        let modules = target.map(|it| it.preload.clone()).unwrap_or_default();
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
    step.verb == "fault" && text("fault") == "attribute_raises" && in_a_dictionary
}

/// The steps inside a step, which are in the worker's form.
fn inner(step: &Step) -> impl Iterator<Item = (Option<Actor>, &str, &Map<String, Value>)> {
    step.args.values().filter_map(Value::as_array).flatten().filter_map(|step| {
        let by = step.get("by").and_then(|by| serde_json::from_value(by.clone()).ok());
        Some((by, step.get("do")?.as_str()?, step.get("args")?.as_object()?))
    })
}

/// What a case asks its producer itself to do, steps inside steps included; somebody's module has no such verbs.
fn demanded(case: &Case) -> Option<&str> {
    let by_producer = |by: Option<Actor>| by == Some(Actor::Producer);
    case.when.iter().find_map(|step| {
        let inside = || inner(step).find(|(by, ..)| by_producer(*by)).map(|(_, verb, _)| verb);
        if by_producer(step.by) { Some(step.verb.as_str()) } else { inside() }
    })
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

fn target_side(module: &str, side: Binds) -> Side {
    let mut scope = BTreeMap::new();
    let key = if side == Binds::Producer { "producer.module" } else { "consumer.module" };
    scope.insert(key.to_owned(), Value::from(module));
    Side {
        participant: Some(Participant::Target { module: module.to_owned() }),
        subject: Some(module.to_owned()),
        scope,
        is_target: true,
        ..Side::default()
    }
}

/// A capsule's name as an argument of a step.
fn name_value(name: Option<&[u8]>) -> Value {
    let (key, value) = match name {
        None => ("null", Value::Bool(true)),
        Some(bytes) => ("hex", Value::from(crate::embedded::hex(bytes))),
    };
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// A capsule's name as a step returns it.
fn recorded_name(name: Option<&str>) -> Value {
    name.map_or(Value::Null, |name| name_value(Some(name.as_bytes())))
}

/// The target as a consumer: once, or for each capsule that it imports or is handed if the case is about those.
fn consuming_sides(case: &Case, target: &Target, module: &str, seen: Option<&TargetFacts>, failed: bool) -> Vec<Side> {
    let mut side = target_side(module, Binds::Consumer);
    let exercise = target.exercise.clone().map_or(Value::Null, Value::from);
    side.scope.insert("consumes.exercise".to_owned(), exercise);
    if case.given.imports.is_none() && !case.given.arguments {
        return vec![side];
    }
    // A module that cannot be imported at all is one finding, and told elsewhere.
    let entries = target.consumes.iter().filter(|it| !failed && is_about(case, Some(it)));
    entries
        .map(|consumes| {
            let mut side = side.clone();
            consumes_scope(&mut side.scope, consumes);
            side.subject = consumes.capsule.clone().or_else(|| consumes.call.clone());
            side.table.clone_from(&consumes.table);
            if let Some(path) = &consumes.capsule {
                let places = seen.and_then(|it| it.consumed.iter().find(|(place, _)| place == path));
                side.aliases = places.map(|(_, aliases)| aliases.clone()).unwrap_or_default();
                side.is_own = top_level(path) == top_level(module);
            }
            if consumes.good.is_none() && spoken_of(case).any(|it| it == "consumes.good") {
                let what = "needs `good` in the manifest, an expression that makes a valid capsule";
                side.unverified = Some(what.to_owned());
            }
            if consumes.optional && target.exercise.is_none() {
                let what = "an optional capsule needs an `exercise` in the manifest that works without it";
                side.unverified = Some(what.to_owned());
            }
            side
        })
        .collect()
}

/// The package that a path or a module lies in.
fn top_level(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// The entry of a fixture's header that a case speaks of: the first one, unless it is about what is handed over.
fn spoken_entry<'a>(case: &Case, entries: &'a [Consumes]) -> Option<&'a Consumes> {
    if case.given.arguments { entries.iter().find(|it| is_about(case, Some(it))) } else { entries.first() }
}

/// Whether a case speaks of what a consumer does for this capsule.
fn is_about(case: &Case, consumes: Option<&Consumes>) -> bool {
    if case.given.arguments {
        let asks = |name: &str| spoken_of(case).any(|it| it == name);
        return consumes.is_some_and(|it| {
            it.call.is_some()
                && (it.once || !case.given.once)
                && (it.after.is_some() || !asks("consumes.after"))
                && (it.used_name.is_some() || !asks("consumes.used_name"))
        });
    }
    let Some(imports) = case.given.imports else {
        return true;
    };
    consumes.is_some_and(|it| it.capsule.is_some() && imports.fits(it.optional))
}

fn capsule_scope(scope: &mut BTreeMap<String, Value>, module: &str, path: &str, name: &Value) {
    scope.insert("capsule.module".to_owned(), Value::from(module));
    scope.insert("capsule.path".to_owned(), Value::from(path));
    scope.insert("capsule.source".to_owned(), Value::from(path));
    scope.insert("capsule.name".to_owned(), name.clone());
}

fn consumes_scope(scope: &mut BTreeMap<String, Value>, consumes: &Consumes) {
    let path = consumes.capsule.clone().unwrap_or_default();
    let module = path.split('.').next().unwrap_or_default();
    scope.insert("consumes.module".to_owned(), Value::from(module));
    scope.insert("consumes.path".to_owned(), Value::from(path.clone()));
    scope.insert("consumes.name".to_owned(), Value::from(consumes.name.clone().unwrap_or(path)));
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

/// Fills in the placeholders, and says `obtain` and `trigger` in the worker's own words.
fn steps(case: &Case, made: Option<&Made>, scope: &BTreeMap<String, Value>) -> Vec<Step> {
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

/// What may stand for nothing: an exercise that nobody gave is not run, and any Exception is a clean failure.
const OPTIONAL: &[&str] = &["consumes.exercise", "consumes.failure", "consumes.result"];

/// The placeholders in the steps and expectations of a case.
fn spoken_of(case: &Case) -> impl Iterator<Item = &str> {
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
fn bind_modules(step: &mut Step, named: &[String]) {
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
fn fill(value: Value, scope: &BTreeMap<String, Value>) -> Value {
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

fn fill_text(text: &str, scope: &BTreeMap<String, Value>) -> Value {
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

/// What must come of the steps that are left; nothing is asked of one that has nothing to do.
fn expectation(case: &Case, steps: &[Step], scope: &BTreeMap<String, Value>, bound_is_target: bool) -> Expectation {
    let conditions = case.when.iter().filter_map(|step| Some((step.label.clone(), step.condition.clone()?)));
    let mut expectation = Expectation {
        end: "returned".to_owned(),
        conditions: conditions.collect(),
        errors_pending: case.when.iter().any(leaves_an_error_pending),
        ..Expectation::default()
    };
    let is_left = |label: &String| steps.iter().any(|step| step.label == *label);
    for then in &case.then {
        if then.without.as_ref().is_some_and(&is_left) || then.step.as_ref().is_some_and(|it| !is_left(it)) {
            continue;
        }
        if let Some(end) = &then.end {
            expectation.end.clone_from(end);
        } else if let Some(event) = &then.event {
            let filled = |fields: &Map<String, Value>| {
                fields.iter().map(|(key, value)| (key.clone(), fill(value.clone(), scope))).collect()
            };
            expectation.events.push(EventExpectation {
                event: event.clone(),
                filter: filled(&then.filter),
                during: then.during.clone(),
                tally: match &then.count {
                    Some(count) => Tally::Count(fill(count.clone(), scope).as_u64().unwrap_or_default()),
                    None => Tally::Every(filled(&then.every)),
                },
            });
        } else if let Some(step) = &then.step {
            let outcome = outcome(then, scope, bound_is_target);
            expectation.steps.push(StepExpectation { step: step.clone(), item: then.item.clone(), outcome });
        }
    }
    expectation
}

/// A case that sets an error before it asks for something is about what becomes of that error.
fn leaves_an_error_pending(step: &Step) -> bool {
    let said = |args: &Map<String, Value>| args.get("pending").is_some_and(|it| !it.is_null());
    said(&step.args) || inner(step).any(|(_, _, args)| said(args))
}

fn outcome(then: &Then, scope: &BTreeMap<String, Value>, bound_is_target: bool) -> Outcome {
    let outcome = only_outcome(then, scope, bound_is_target);
    match &then.may_raise {
        Some(classes) => {
            let raises = Raises { mentions: mentions(then, scope), ..raises(classes, scope) };
            Outcome::OrRaises(Box::new(outcome), raises)
        }
        None => outcome,
    }
}

fn only_outcome(then: &Then, scope: &BTreeMap<String, Value>, bound_is_target: bool) -> Outcome {
    if let Some(value) = &then.returns {
        let wanted = fill(value.clone(), scope);
        // A placeholder for a value that nobody declared: whatever comes is right.
        let undeclared = wanted.is_null() && !value.is_null();
        return if undeclared { Outcome::Completes } else { Outcome::Returns(wanted) };
    }
    if let Some(label) = &then.same_as {
        return Outcome::SameAs(label.clone());
    }
    if let Some(label) = &then.differs_from {
        return Outcome::DiffersFrom(label.clone());
    }
    if let Some(limit) = then.at_most {
        return Outcome::AtMost(limit);
    }
    let Some(classes) = &then.raises else {
        return if then.anything { Outcome::Anything } else { Outcome::Completes };
    };
    let text = |text: &String| fill_text(text, scope).as_str().map(str::to_owned);
    Outcome::Raises(Raises {
        cause: then.cause.clone().filter(|_| !bound_is_target),
        context: then.context.clone().filter(|_| !bound_is_target),
        message: then.message.as_ref().and_then(text),
        mentions: mentions(then, scope),
        ..raises(classes, scope)
    })
}

/// The classes that `raises` or `may_raise` stands for: one of its own exactly, those of a list with their subclasses.
fn raises(classes: &Value, scope: &BTreeMap<String, Value>) -> Raises {
    let filled = fill(classes.clone(), scope);
    if let Value::String(class) = filled {
        return Raises { classes: vec![class], exact: true, ..Raises::default() };
    }
    let items = if let Value::Array(items) = filled { items } else { vec![filled] };
    let mut classes = Vec::new();
    for item in items {
        match item {
            Value::String(class) => classes.push(class),
            Value::Array(more) => classes.extend(more.iter().filter_map(|it| it.as_str().map(str::to_owned))),
            // Nothing declared: any Exception does.
            _ => classes.push("Exception".to_owned()),
        }
    }
    // The one that says a C function lied about its error never does.
    Raises { classes, never: vec!["SystemError".to_owned()], ..Raises::default() }
}

/// The pieces that a message mentions; a placeholder may stand for several.
fn mentions(then: &Then, scope: &BTreeMap<String, Value>) -> Vec<String> {
    let pieces = |piece: &String| match fill_text(piece, scope) {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    then.mentions.iter().flat_map(pieces).collect()
}
