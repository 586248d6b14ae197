//! Decides whether what a pairing left behind is what its case asks for; pure: knows no process, no file, no clock.

mod events;
mod exception;
mod granted;
mod words;

use serde_json::Value;

use self::events::{wrong_call, wrong_events};
use self::exception::wrong_exception;
pub(crate) use self::words::{bytes, exception, shown_with};
use self::words::{describe, plain, shown};
use crate::model::{
    Expectation, Judgement, Mismatch, Observation, Outcome, Raises, StepEnd, StepExpectation, StepFact,
};

/// Compares one observation with one expectation.
///
/// Total: a crash is an observation too. `labels` are the steps in order; a step without an expectation must complete.
pub fn judge(expected: &Expectation, labels: &[&str], seen: &Observation) -> Judgement {
    if let Some(judgement) = granted::untold(expected, seen) {
        return judgement;
    }
    if let Some(unknown) = expected.steps.iter().find(|it| !labels.contains(&it.step.as_str())) {
        return Judgement::Unclear(format!("there is no step {} to judge; this is a bug of the suite", unknown.step));
    }
    let mut mismatches = Vec::new();
    let left = may_leave(expected, seen);
    if !left && !is_expected_end(expected, seen) {
        mismatches.push(wrong_end(expected, seen));
    }
    for label in labels {
        // What was left out on purpose is no finding; what kept it from running may be one.
        if expected.conditions.get(*label).is_some_and(|needed| returned(seen, needed).is_none())
            || expected.exceptions.get(*label).is_some_and(|other| returned(seen, other).is_some())
        {
            continue;
        }
        let completes = StepExpectation { step: (*label).to_owned(), item: None, outcome: Outcome::Completes };
        let mut wanted: Vec<&StepExpectation> = expected.steps.iter().filter(|it| it.step == **label).collect();
        if wanted.is_empty() {
            wanted.push(&completes);
        }
        let fact = seen.steps.iter().find(|fact| fact.label == **label);
        // A process that must end otherwise than by returning does so in its last step.
        let ends_here = expected.end != "returned" && labels.last() == Some(label);
        match fact {
            Some(fact) if fact.end == StepEnd::Interrupted && ends_here => {}
            // What an early end kept from running is not a second finding.
            Some(fact) if fact.end == StepEnd::Interrupted && !mismatches.is_empty() => {}
            None if left || !mismatches.is_empty() => {}
            _ => mismatches.extend(wanted.iter().filter_map(|wanted| wrong_step(wanted, fact, seen))),
        }
    }
    mismatches.extend(expected.events.iter().filter_map(|it| wrong_events(it, &seen.events)));
    if !expected.errors_pending {
        mismatches.extend(seen.events.iter().find_map(wrong_call));
    }
    if mismatches.is_empty() { Judgement::Met } else { Judgement::Broken(mismatches) }
}

fn is_expected_end(expected: &Expectation, seen: &Observation) -> bool {
    let at_exit = seen.events.iter().any(|event| event.kind == "shutting_down");
    seen.end == expected.end || expected.any_exit && at_exit && seen.end != "timeout"
}

/// Whether the process ended by a `SystemExit` that the last step was allowed, in so many words, to raise.
fn may_leave(expected: &Expectation, seen: &Observation) -> bool {
    let Some((label, _)) = last_raised(seen).filter(|(_, class)| *class == EXIT && seen.end.starts_with("exit "))
    else {
        return false;
    };
    let named = |raises: &Raises| raises.classes.iter().any(|class| class == EXIT);
    expected.steps.iter().any(|it| match &it.outcome {
        Outcome::OrRaises(_, raises) => it.step == label && named(raises),
        _ => false,
    })
}

const EXIT: &str = "SystemExit";

/// The step during which the process ended, or the last one that was begun.
pub fn last_step(seen: &Observation) -> Option<&str> {
    let interrupted = seen.steps.iter().find(|fact| fact.end == StepEnd::Interrupted);
    interrupted.or(seen.steps.last()).map(|fact| fact.label.as_str())
}

fn wrong_end(expected: &Expectation, seen: &Observation) -> Mismatch {
    let interrupted = seen.steps.iter().find(|fact| fact.end == StepEnd::Interrupted).map(|fact| fact.label.clone());
    let left = last_raised(seen).filter(|_| seen.end.starts_with("exit "));
    let place = match (&interrupted, &left) {
        (Some(label), _) => format!(" during {label}"),
        (None, Some((label, raised))) => format!(": {raised} from {label}"),
        (None, None) if seen.events.iter().any(|event| event.kind == "shutting_down") => {
            " during interpreter shutdown".to_owned()
        }
        (None, None) => String::new(),
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
    let end = if expected.end == "returned" { "the process ends in good order" } else { &expected.end };
    Mismatch {
        expected: asked.unwrap_or_else(|| end.to_owned()),
        observed: format!("{}{place}{}", seen.end, touched.unwrap_or_default()),
        step: interrupted.or(left.map(|(label, _)| label.to_owned())),
    }
}

/// The last step that raised, and the class.
fn last_raised(seen: &Observation) -> Option<(&str, &str)> {
    seen.steps.iter().rev().find_map(|fact| match &fact.end {
        StepEnd::Raised(raised) => Some((fact.label.as_str(), raised.r#type.as_str())),
        _ => None,
    })
}

fn wrong_step(wanted: &StepExpectation, fact: Option<&StepFact>, seen: &Observation) -> Option<Mismatch> {
    let StepExpectation { step: label, item, outcome } = wanted;
    let expected = describe(outcome);
    let mismatch = |observed: String| {
        Some(Mismatch { expected: format!("{label}: {expected}"), observed, step: Some(label.clone()) })
    };
    let Some(fact) = fact else {
        return mismatch(format!("never begun: {label}"));
    };
    let (outcome, may_raise) = match outcome {
        Outcome::OrRaises(outcome, raises) => (&**outcome, Some(raises)),
        _ => (outcome, None),
    };
    match (&fact.end, outcome) {
        (StepEnd::Raised(raised), _) if may_raise.is_some_and(|it| wrong_exception(it, raised).is_none()) => None,
        (StepEnd::Interrupted, _) => mismatch(format!("never ended: {label}")),
        (StepEnd::Skipped(reason), _) => mismatch(format!("not performed: {label} {reason}")),
        (StepEnd::Returned(_), Outcome::Completes | Outcome::Anything) | (StepEnd::Raised(_), Outcome::Anything) => {
            None
        }
        (StepEnd::Raised(raised), Outcome::Raises(raises)) => {
            wrong_exception(raises, raised).and_then(|problem| mismatch(format!("{}{problem}", exception(raised))))
        }
        (StepEnd::Raised(raised), _) => {
            let problem = may_raise.and_then(|it| wrong_exception(it, raised)).unwrap_or_default();
            mismatch(format!("{}{problem} from {label}", exception(raised)))
        }
        (StepEnd::Returned(value), Outcome::Raises(_)) => mismatch(format!("returned {} from {label}", shown(value))),
        (StepEnd::Returned(value), Outcome::Returns(wanted)) => {
            let value = part(value, item.as_ref());
            if same(value, wanted) { None } else { mismatch(format!("returned {} from {label}", shown(value))) }
        }
        (StepEnd::Returned(_), Outcome::OrRaises(..)) => mismatch(format!("returned from {label}")),
        (StepEnd::Returned(value), Outcome::AtMost(limit)) => {
            let value = part(value, item.as_ref());
            let within = value.as_i64().is_some_and(|it| it <= *limit);
            if within { None } else { mismatch(format!("returned more than {limit} from {label}")) }
        }
        (StepEnd::Returned(value), Outcome::SameAs(other)) => match returned(seen, other) {
            Some(wanted) if same(part(value, item.as_ref()), part(wanted, item.as_ref())) => None,
            Some(_) => mismatch(format!("returned something else from {label} than from {other}")),
            None => mismatch(format!("nothing to compare {label} with: {other} did not return")),
        },
        (StepEnd::Returned(value), Outcome::DiffersFrom(other)) => match returned(seen, other) {
            Some(unwanted) if !same(part(value, item.as_ref()), part(unwanted, item.as_ref())) => None,
            Some(_) => mismatch(format!("returned the same from {label} as from {other}")),
            None => mismatch(format!("nothing to compare {label} with: {other} did not return")),
        },
    }
}

/// The item of a list or table; the value itself where there is no such item.
fn part<'a>(value: &'a Value, item: Option<&Value>) -> &'a Value {
    let found = item.and_then(|item| match item {
        Value::String(key) => value.get(key),
        index => value.get(usize::try_from(index.as_u64()?).ok()?),
    });
    found.unwrap_or(value)
}

fn returned<'a>(seen: &'a Observation, label: &str) -> Option<&'a Value> {
    seen.steps.iter().find(|fact| fact.label == label).and_then(|fact| match &fact.end {
        StepEnd::Returned(value) => Some(value),
        _ => None,
    })
}

/// Numbers compare by value, so that 1 and 1.0 agree; everything else exactly.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) if a.is_f64() || b.is_f64() => (x - y).abs() <= 1e-12 * x.abs().max(1.0),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Raised, Raises};

    fn ended(expected: &str, labels: &[&str], facts: &[(&str, StepEnd)]) -> Judgement {
        let expected = Expectation { end: expected.to_owned(), ..Expectation::default() };
        let steps = facts.iter().map(|(label, end)| StepFact { label: (*label).to_owned(), end: end.clone() });
        let seen = Observation { steps: steps.collect(), end: "signal SIGSEGV".to_owned(), ..Observation::default() };
        judge(&expected, labels, &seen)
    }

    #[test]
    fn an_exception_that_may_be_raised_mentions_what_it_has_to() {
        let mentions = vec!["2".to_owned(), "1".to_owned()];
        let raises = Raises { classes: vec!["ImportError".to_owned()], mentions, ..Raises::default() };
        let outcome = Outcome::OrRaises(Box::new(Outcome::Completes), raises);
        let wanted = StepExpectation { step: "take".to_owned(), item: None, outcome };
        let observed = |end: StepEnd| {
            let fact = StepFact { label: "take".to_owned(), end };
            wrong_step(&wanted, Some(&fact), &Observation::default()).map(|mismatch| mismatch.observed)
        };
        let error = |message: &str| {
            let mro = vec!["ImportError".to_owned()];
            let message = message.to_owned();
            StepEnd::Raised(Raised { r#type: "ImportError".to_owned(), mro, message, ..Raised::default() })
        };
        assert_eq!(observed(error("needs 2, found 1")), None);
        assert_eq!(observed(StepEnd::Returned(json!(1))), None);
        let silent = observed(error("needs 2"));
        assert_eq!(silent.as_deref(), Some("ImportError: needs 2 that does not mention `1` from take"));
    }

    #[test]
    fn who_may_raise_an_exit_may_leave() {
        let observed = |classes: &[&str], end: &str| {
            let raises = Raises { classes: classes.iter().map(ToString::to_string).collect(), ..Raises::default() };
            let outcome = Outcome::OrRaises(Box::new(Outcome::Completes), raises);
            let wanted = StepExpectation { step: "import".to_owned(), item: None, outcome };
            let expected = Expectation { end: "returned".to_owned(), steps: vec![wanted], ..Expectation::default() };
            let mro = ["SystemExit", "BaseException"].map(str::to_owned).to_vec();
            let exit = StepEnd::Raised(Raised { r#type: EXIT.to_owned(), mro, ..Raised::default() });
            let steps = vec![StepFact { label: "import".to_owned(), end: exit }];
            let seen = Observation { steps, end: end.to_owned(), ..Observation::default() };
            match judge(&expected, &["import", "use"], &seen) {
                Judgement::Broken(mismatches) => Some(mismatches[0].observed.clone()),
                _ => None,
            }
        };
        assert_eq!(observed(&["ImportError", "SystemExit"], "exit 1"), None);
        assert_eq!(observed(&["ImportError"], "exit 1").as_deref(), Some("exit 1: SystemExit from import"));
        assert_eq!(observed(&["BaseException"], "exit 1").as_deref(), Some("exit 1: SystemExit from import"));
        assert_eq!(observed(&["SystemExit"], "silent exit 1").as_deref(), Some("silent exit 1"));
    }

    #[test]
    fn a_step_that_is_not_there_cannot_be_judged() {
        let wanted = StepExpectation { step: "exercise".to_owned(), item: None, outcome: Outcome::Completes };
        let expected = Expectation { end: "returned".to_owned(), steps: vec![wanted], ..Expectation::default() };
        let seen = Observation { end: "returned".to_owned(), ..Observation::default() };
        assert!(
            matches!(judge(&expected, &[], &seen), Judgement::Unclear(reason) if reason.contains("bug of the suite"))
        );
    }

    #[test]
    fn a_call_that_never_came_leaves_nothing_to_judge() {
        let event = crate::model::Event {
            kind: "no_call".to_owned(),
            fields: json!({ "reason": "nobody called" }).as_object().cloned().unwrap_or_default(),
            during: None,
        };
        let seen = Observation { end: "returned".to_owned(), events: vec![event], ..Observation::default() };
        assert_eq!(judge(&Expectation::default(), &[], &seen), Judgement::Moot("nobody called".to_owned()));
    }

    #[test]
    fn a_number_is_compared_with_its_limit() {
        let returned = json!({ "blocks": 5, "resident": null });
        let fact = StepFact { label: "rounds".to_owned(), end: StepEnd::Returned(returned) };
        let broken = |item: &str, limit: i64| {
            let outcome = Outcome::AtMost(limit);
            let wanted = StepExpectation { step: "rounds".to_owned(), item: Some(item.into()), outcome };
            wrong_step(&wanted, Some(&fact), &Observation::default()).is_some()
        };
        assert!(!broken("blocks", 5));
        assert!(broken("blocks", 4));
        assert!(broken("resident", 5), "what cannot be told is no small number");
        assert!(broken("pages", 5), "what is not there is no small number");
    }

    #[test]
    fn a_crash_that_was_asked_for_happens_in_the_last_step() {
        let crash = [("new", StepEnd::Returned(Value::Null)), ("crash", StepEnd::Interrupted)];
        assert_eq!(ended("signal SIGSEGV", &["new", "crash"], &crash), Judgement::Met);
        let early = [("new", StepEnd::Interrupted)];
        assert!(matches!(ended("signal SIGSEGV", &["new", "crash"], &early), Judgement::Broken(_)));
        assert!(matches!(ended("returned", &["new", "crash"], &crash), Judgement::Broken(_)));
    }

    fn fact(label: &str, end: StepEnd) -> StepFact {
        StepFact { label: label.to_owned(), end }
    }

    fn raised(class: &str) -> StepEnd {
        StepEnd::Raised(Raised { r#type: class.to_owned(), mro: vec![class.to_owned()], ..Raised::default() })
    }

    /// A trigger that may raise one exception, and a step that is performed only if it returned.
    fn broken(facts: Vec<StepFact>) -> bool {
        let may = Raises { classes: vec!["ImportError".to_owned()], ..Raises::default() };
        let outcome = Outcome::OrRaises(Box::new(Outcome::Completes), may);
        let expected = Expectation {
            steps: vec![StepExpectation { step: "trigger".to_owned(), item: None, outcome }],
            conditions: [("exercise".to_owned(), "trigger".to_owned())].into(),
            end: "returned".to_owned(),
            ..Expectation::default()
        };
        let seen = Observation { steps: facts, end: "returned".to_owned(), ..Observation::default() };
        matches!(judge(&expected, &["trigger", "exercise"], &seen), Judgement::Broken(_))
    }

    #[test]
    fn an_exception_that_may_be_raised_is_as_good_as_the_outcome() {
        assert!(!broken(vec![fact("trigger", raised("ImportError"))]));
    }

    #[test]
    fn any_other_exception_is_not() {
        assert!(broken(vec![fact("trigger", raised("SystemError"))]));
    }

    #[test]
    fn a_step_for_the_case_of_a_failure_is_judged_only_then() {
        let ended = |end: StepEnd| {
            let outcome = Outcome::Returns(json!(false));
            let steps = vec![
                StepExpectation { step: "import".to_owned(), item: None, outcome: Outcome::Anything },
                StepExpectation { step: "loaded".to_owned(), item: None, outcome },
            ];
            let exceptions = [("loaded".to_owned(), "import".to_owned())].into();
            let expected = Expectation { end: "returned".to_owned(), steps, exceptions, ..Expectation::default() };
            let steps = vec![fact("import", end)];
            let seen = Observation { steps, end: "returned".to_owned(), ..Observation::default() };
            matches!(judge(&expected, &["import", "loaded"], &seen), Judgement::Met)
        };
        assert!(ended(StepEnd::Returned(Value::Null)));
        assert!(!ended(raised("ImportError")));
    }

    #[test]
    fn a_step_whose_condition_holds_is_judged_like_any_other() {
        let returned = fact("trigger", StepEnd::Returned(Value::Null));
        assert!(broken(vec![returned.clone()]));
        assert!(broken(vec![returned.clone(), fact("exercise", raised("ImportError"))]));
        assert!(!broken(vec![returned, fact("exercise", StepEnd::Returned(Value::Null))]));
    }
}
