//! Decides whether what a pairing left behind is what its case asks for; pure: knows no process, no file, no clock.

use serde_json::Value;

use crate::model::{
    Event, EventExpectation, Expectation, Judgement, Mismatch, Observation, Outcome, Raised, Raises, StepEnd,
    StepExpectation, StepFact,
};

/// Compares one observation with one expectation.
///
/// Total: a crash is an observation too. `labels` are the steps in order; a step without an expectation must complete.
pub fn judge(expected: &Expectation, labels: &[&str], seen: &Observation) -> Judgement {
    if let Some(reason) = &seen.lost {
        return Judgement::Unclear(reason.clone());
    }
    if seen.end == "not started" {
        return Judgement::Unclear(format!("the process could not be started: {}", seen.output));
    }
    if seen.end == "signal SIGKILL" && !seen.killed_by_us {
        return Judgement::Unclear("something outside the suite killed the process (out of memory?)".to_owned());
    }
    let mut mismatches = Vec::new();
    if seen.end != expected.end {
        mismatches.push(wrong_end(expected, seen));
    }
    for label in labels {
        let completes = StepExpectation { step: (*label).to_owned(), item: None, outcome: Outcome::Completes };
        let mut wanted: Vec<&StepExpectation> = expected.steps.iter().filter(|it| it.step == **label).collect();
        if wanted.is_empty() {
            wanted.push(&completes);
        }
        // What an early end kept from running is not a second finding.
        let fact = seen.steps.iter().find(|fact| fact.label == **label);
        match fact {
            Some(fact) if fact.end == StepEnd::Interrupted && !mismatches.is_empty() => {}
            None if !mismatches.is_empty() => {}
            _ => mismatches.extend(wanted.iter().filter_map(|wanted| wrong_step(wanted, fact, seen))),
        }
    }
    mismatches.extend(expected.events.iter().filter_map(|it| wrong_events(it, &seen.events)));
    if mismatches.is_empty() { Judgement::Met } else { Judgement::Broken(mismatches) }
}

/// The step during which the process ended, or the last one that was begun.
pub fn last_step(seen: &Observation) -> Option<&str> {
    let interrupted = seen.steps.iter().find(|fact| fact.end == StepEnd::Interrupted);
    interrupted.or(seen.steps.last()).map(|fact| fact.label.as_str())
}

fn wrong_end(expected: &Expectation, seen: &Observation) -> Mismatch {
    let interrupted = seen.steps.iter().find(|fact| fact.end == StepEnd::Interrupted).map(|fact| fact.label.clone());
    let place = match &interrupted {
        Some(label) => format!(" during {label}"),
        None if seen.events.iter().any(|event| event.kind == "shutting_down") => {
            " during interpreter shutdown".to_owned()
        }
        None => String::new(),
    };
    // A process that dies in a step that had to raise failed at that, and that is what a user wants to read.
    let asked = interrupted
        .as_ref()
        .and_then(|label| expected.steps.iter().find(|it| it.step == *label).map(|it| describe(&it.outcome)));
    let touched = seen.events.iter().rev().find(|event| event.kind == "touched").map(|event| {
        let field = |key: &str| event.fields.get(key).map(plain).unwrap_or_default();
        format!(
            ": {} of the {} {} ({})",
            field("access"),
            field("state"),
            field("what"),
            format_args!("offset {}", field("offset"))
        )
    });
    let raised = last_raised(seen).filter(|_| seen.end.starts_with("exit "));
    Mismatch {
        expected: asked.unwrap_or_else(|| format!("the process ends with `{}`", expected.end)),
        observed: format!("{}{place}{}{}", seen.end, touched.unwrap_or_default(), raised.unwrap_or_default()),
        step: interrupted,
    }
}

fn last_raised(seen: &Observation) -> Option<String> {
    seen.steps.iter().rev().find_map(|fact| match &fact.end {
        StepEnd::Raised(raised) => Some(format!(": {} in {}", raised.r#type, fact.label)),
        _ => None,
    })
}

fn wrong_step(wanted: &StepExpectation, fact: Option<&StepFact>, seen: &Observation) -> Option<Mismatch> {
    let StepExpectation { step: label, item, outcome } = wanted;
    let mismatch = |observed: String| {
        Some(Mismatch { expected: format!("{label}: {}", describe(outcome)), observed, step: Some(label.clone()) })
    };
    let Some(fact) = fact else {
        return mismatch(format!("never begun: {label}"));
    };
    match (&fact.end, outcome) {
        (StepEnd::Interrupted, _) => mismatch(format!("never ended: {label}")),
        (StepEnd::Skipped(reason), _) => mismatch(format!("not performed: {label} {reason}")),
        (StepEnd::Returned(_), Outcome::Completes | Outcome::Anything) | (StepEnd::Raised(_), Outcome::Anything) => {
            None
        }
        (StepEnd::Raised(raised), Outcome::Raises(raises)) => {
            wrong_exception(raises, raised).and_then(|problem| mismatch(format!("{}{problem}", exception(raised))))
        }
        (StepEnd::Raised(raised), _) => mismatch(format!("{} from {label}", exception(raised))),
        (StepEnd::Returned(value), Outcome::Raises(_)) => mismatch(format!("returned {} from {label}", shown(value))),
        (StepEnd::Returned(value), Outcome::Returns(wanted)) => {
            let value = part(value, *item);
            if same(value, wanted) { None } else { mismatch(format!("returned {} from {label}", shown(value))) }
        }
        (StepEnd::Returned(value), Outcome::SameAs(other)) => match returned(seen, other) {
            Some(wanted) if same(part(value, *item), part(wanted, *item)) => None,
            Some(_) => mismatch(format!("returned something else from {label} than from {other}")),
            None => mismatch(format!("nothing to compare {label} with: {other} did not return")),
        },
        (StepEnd::Returned(value), Outcome::DiffersFrom(other)) => match returned(seen, other) {
            Some(unwanted) if !same(part(value, *item), part(unwanted, *item)) => None,
            Some(_) => mismatch(format!("returned the same from {label} as from {other}")),
            None => mismatch(format!("nothing to compare {label} with: {other} did not return")),
        },
    }
}

/// The item of a list; the value itself where there is no such item.
fn part(value: &Value, item: Option<usize>) -> &Value {
    item.and_then(|index| value.get(index)).unwrap_or(value)
}

fn returned<'a>(seen: &'a Observation, label: &str) -> Option<&'a Value> {
    seen.steps.iter().find(|fact| fact.label == label).and_then(|fact| match &fact.end {
        StepEnd::Returned(value) => Some(value),
        _ => None,
    })
}

/// What is wrong with the exception, to be put behind its class and text; none if nothing is.
fn wrong_exception(wanted: &Raises, raised: &Raised) -> Option<String> {
    let is = |class: &String| {
        if wanted.exact { raised.r#type == *class } else { raised.mro.contains(class) }
    };
    if wanted.never.iter().any(|class| raised.mro.contains(class)) || !wanted.classes.iter().any(is) {
        return Some(String::new());
    }
    if let Some(cause) = &wanted.cause {
        match &raised.cause {
            Some(seen) if seen.r#type == *cause => {}
            Some(seen) => return Some(format!(" with {} as its cause", seen.r#type)),
            None => return Some(" without a cause".to_owned()),
        }
    }
    if let Some(message) = &wanted.message
        && raised.message != *message
    {
        return Some(" with another text".to_owned());
    }
    let missing = wanted.mentions.iter().find(|piece| !raised.message.contains(piece.as_str()))?;
    Some(format!(" that does not mention `{missing}`"))
}

fn exception(raised: &Raised) -> String {
    if raised.message.is_empty() { raised.r#type.clone() } else { format!("{}: {}", raised.r#type, raised.message) }
}

fn wrong_events(wanted: &EventExpectation, events: &[Event]) -> Option<Mismatch> {
    let counted = events
        .iter()
        .filter(|event| event.kind == wanted.event)
        .filter(|event| wanted.during.is_none() || event.during == wanted.during)
        .filter(|event| {
            wanted.filter.iter().all(|(key, value)| event.fields.get(key).is_some_and(|seen| same(seen, value)))
        })
        .count() as u64;
    if counted == wanted.count {
        return None;
    }
    let fields: Vec<String> = wanted.filter.iter().map(|(key, value)| format!("{key} {}", plain(value))).collect();
    let with = if fields.is_empty() { String::new() } else { format!(" with {}", fields.join(", ")) };
    let during = wanted.during.as_ref().map(|label| format!(" during {label}")).unwrap_or_default();
    Some(Mismatch {
        expected: format!("{}{with}{during}: {} time(s)", wanted.event, wanted.count),
        observed: format!("{}{with}{during}: {counted} time(s)", wanted.event),
        step: wanted.during.clone(),
    })
}

/// The expectation in words.
fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Raises(raises) => {
            let mut text = match raises.classes.as_slice() {
                [one] if one == "Exception" => "any Exception".to_owned(),
                classes => classes.join(" or "),
            };
            if !raises.never.is_empty() {
                text.push_str(&format!(" except {}", raises.never.join(", ")));
            }
            if let Some(cause) = &raises.cause {
                text.push_str(&format!(" with {cause} as its cause"));
            }
            if let Some(message) = &raises.message {
                text.push_str(&format!(": {message}"));
            }
            if !raises.mentions.is_empty() {
                text.push_str(&format!(" that mentions `{}`", raises.mentions.join("`, `")));
            }
            text
        }
        Outcome::Returns(value) => format!("returns {}", shown(value)),
        Outcome::SameAs(label) => format!("returns the same as {label}"),
        Outcome::DiffersFrom(label) => format!("returns something else than {label}"),
        Outcome::Completes => "completes".to_owned(),
        Outcome::Anything => "returns or raises".to_owned(),
    }
}

/// Numbers compare by value, so that 1 and 1.0 agree; everything else exactly.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) if a.is_f64() || b.is_f64() => (x - y).abs() <= 1e-12 * x.abs().max(1.0),
        _ => a == b,
    }
}

/// A value for people: no addresses, which differ between runs.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|it| it > 0xffff) => "an address".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(table) if table.len() == 1 => match table.iter().next() {
            Some((key, item)) if key == "type" => format!("a {}", plain(item)),
            Some((key, item)) if key == "hex" => format!("the bytes {}", plain(item)),
            _ => value.to_string(),
        },
        Value::Object(table) => {
            let items: Vec<String> = table.iter().map(|(key, item)| format!("{key}: {}", shown(item))).collect();
            format!("{{{}}}", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
