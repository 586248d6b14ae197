//! Turns the expectations of a case into those of a pairing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::script::{fill, fill_text, inner};
use crate::model::{Case, EventExpectation, Expectation, Outcome, Raises, Step, StepExpectation, Tally, Then};

/// What must come of the steps that are left; nothing is asked of one that has nothing to do.
pub(super) fn expectation(
    case: &Case,
    steps: &[Step],
    scope: &BTreeMap<String, Value>,
    bound_is_target: bool,
) -> Expectation {
    let conditions = case.when.iter().filter_map(|step| Some((step.label.clone(), step.condition.clone()?)));
    let exceptions = case.when.iter().filter_map(|step| Some((step.label.clone(), step.unless.clone()?)));
    let mut expectation = Expectation {
        end: "returned".to_owned(),
        conditions: conditions.collect(),
        exceptions: exceptions.collect(),
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
