//! Somebody's module as producer and as consumer: once for each capsule that a case is about.

use std::collections::BTreeMap;

use serde_json::Value;

use super::made::Made;
use super::scope::{capsule_scope, consumes_scope, is_about, name_value, recorded_name};
use super::script::{inner, spoken_of};
use super::{Place, Side};
use crate::model::{
    Actor, Binds, Capsule, Case, Facts, KnownTable, Looked, Pairing, Participant, Row, Table, Target, TargetFacts,
};

impl Place<'_> {
    pub(super) fn target_pairings(&self, target: &Target, facts: &Facts, cases: &[&Case], pairings: &mut Vec<Pairing>) {
        let module = target.module.clone().unwrap_or_default();
        let seen = facts.targets.iter().find(|it| it.module == module && it.interpreter == self.interpreter.id);
        let failed = seen.is_none_or(|it| it.looked != Looked::Whole);
        for case in cases {
            if case.binds == Binds::Consumer && case.given.consumers.as_ref().is_some_and(|it| it.targets) {
                for consumer in consuming_sides(case, target, &module, seen, failed, &self.catalogue.tables) {
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
        if case.given.destructor.is_some_and(|wanted| wanted != capsule.destructor) {
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
}

/// What a case asks its producer itself to do, steps inside steps included; somebody's module has no such verbs.
pub(super) fn demanded(case: &Case) -> Option<&str> {
    let by_producer = |by: Option<Actor>| by == Some(Actor::Producer);
    case.when.iter().find_map(|step| {
        let inside = || inner(step).find(|(by, ..)| by_producer(*by)).map(|(_, verb, _)| verb);
        if by_producer(step.by) { Some(step.verb.as_str()) } else { inside() }
    })
}

pub(super) fn target_side(module: &str, side: Binds) -> Side {
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

/// The target as a consumer: once, or for each capsule that it imports or is handed if the case is about those.
pub(super) fn consuming_sides(
    case: &Case,
    target: &Target,
    module: &str,
    seen: Option<&TargetFacts>,
    failed: bool,
    known: &[KnownTable],
) -> Vec<Side> {
    let mut side = target_side(module, Binds::Consumer);
    let exercise = target.exercise.clone().map_or(Value::Null, Value::from);
    side.scope.insert("consumes.exercise".to_owned(), exercise);
    if case.given.imports.is_none() && !case.given.arguments {
        return vec![side];
    }
    // A module that cannot be imported at all is one finding, and told elsewhere.
    let discovered = seen.map_or(&[][..], |it| &it.discovered).iter().map(|it| (&it.entry, &it.preload[..]));
    let declared = target.consumes.iter().map(|it| (it, &[][..]));
    let entries = declared.chain(discovered).filter(|(it, _)| !failed && is_about(case, Some(it)));
    entries
        .map(|(consumes, preload)| {
            let mut side = side.clone();
            side.preload = preload.to_vec();
            side.is_unnamed = consumes.unnamed;
            consumes_scope(&mut side.scope, consumes);
            side.subject = consumes.capsule.clone().or_else(|| consumes.call.clone());
            side.table.clone_from(&consumes.table);
            if let Some(path) = &consumes.capsule {
                let places = seen.and_then(|it| it.consumed.iter().find(|(place, _)| place == path));
                side.aliases = places.map(|(_, aliases)| aliases.clone()).unwrap_or_default();
                side.is_own = top_level(path) == top_level(module);
                side.known = known.iter().find(|it| it.path.is_match(path)).map(|it| it.refused.clone());
            }
            if consumes.good.is_none() && consumes.follows.is_none() && spoken_of(case).any(|it| it == "consumes.good")
            {
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
pub(super) fn top_level(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
