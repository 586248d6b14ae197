//! Who of the suite's own stands on a side, and in which builds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::made;
use super::made::Made;
use super::scope::{capsule_scope, consumes_scope, is_about, recorded_name};
use super::{Place, Side};
use crate::convention;
use crate::model::{Binds, Build, Case, Consumes, Fixture, Pairing, Participant, Produces};
use crate::requirement;

impl Place<'_> {
    pub(super) fn fixture_pairings(&self, case: &Case, pairings: &mut Vec<Pairing>) {
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

    pub(super) fn fixture_sides(&self, case: &Case, side: Binds, stand_in: bool) -> Vec<Side> {
        let choice = if side == Binds::Producer { &case.given.producers } else { &case.given.consumers };
        let Some(choice) = choice else {
            return vec![Side::default()];
        };
        let chosen = |fixture: &Fixture, build: Build| {
            if stand_in {
                self.stand_in == Some(fixture.stem.as_str())
            } else {
                let named = choice.names(&fixture.stem, build);
                !fixture.is_defect()
                    && (named || choice.all && !fixture.by_name || choice.declaring && fixture.declares_a_policy())
            }
        };
        let spoken = |fixture: &Fixture| self.spoken_entries(case, &fixture.consumes);
        let takes = |fixture: &&Fixture| {
            side == Binds::Producer || spoken(fixture).iter().any(|it| is_about(case, it.as_ref()))
        };
        let fixtures = self.catalogue.fixtures.iter().filter(|it| it.side == side).filter(takes);
        let fixtures = fixtures.filter(|it| self.speaks_of(case, it));
        let builds = fixtures.flat_map(|fixture| fixture.builds.iter().map(move |build| (fixture, *build)));
        builds
            .filter(|(fixture, build)| chosen(fixture, *build))
            .flat_map(|(fixture, build)| {
                let side = self.fixture_side(fixture, build);
                if self.follows_a_protocol(fixture) {
                    return self.exporting_sides(case, fixture, &side);
                }
                let taking = |entry: Option<Consumes>| {
                    let mut side = side.clone();
                    if let Some(consumes) = entry {
                        consumes_scope(&mut side.scope, &consumes);
                        side.subject = consumes.call.filter(|_| consumes.follows.is_some()).or(side.subject);
                    }
                    side
                };
                spoken(fixture).into_iter().map(taking).collect()
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

    /// The entries of a fixture's header that a case speaks of: the first one, or none, unless it is about what is handed
    /// over, and all of them where a protocol says what that is.
    fn spoken_entries(&self, case: &Case, entries: &[Consumes]) -> Vec<Option<Consumes>> {
        if !case.given.arguments || entries.is_empty() {
            return vec![entries.first().cloned()];
        }
        let understood = entries.iter().map(|it| convention::understood(&self.catalogue.conventions, it));
        let spoken = understood.filter(|it| is_about(case, Some(it))).map(Some);
        if case.given.conventions.is_empty() { spoken.take(1).collect() } else { spoken.collect() }
    }

    /// A fixture that makes or takes nothing but what follows a protocol stands for nobody else, and nobody else for it.
    fn speaks_of(&self, case: &Case, fixture: &Fixture) -> bool {
        let conventions = &case.given.conventions;
        let about_protocols = !conventions.is_empty() && conventions.iter().all(|it| self.is_protocol(it));
        if fixture.side == Binds::Consumer {
            let follows = |it| convention::understood(&self.catalogue.conventions, it).follows.is_some();
            return case.given.arguments || fixture.consumes.is_empty() || !fixture.consumes.iter().all(follows);
        }
        if !about_protocols && !self.follows_a_protocol(fixture) {
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

    pub(super) fn fixture_side(&self, fixture: &Fixture, build: Build) -> Side {
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
}
