//! Whether what was recorded between the steps is what was asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::same;
use super::words::{described, unwanted};
use crate::model::{Event, EventExpectation, Mismatch, Tally};

/// The rule of the C API, for each call that a participant makes: no error is pending before it, and one after it if it
/// failed, and only then.
pub(super) fn wrong_call(event: &Event) -> Option<Mismatch> {
    let field = |key: &str| event.fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let by_participant = event.kind == "call" && ["producer", "consumer"].contains(&field("side"));
    let ok = event.fields.get("ok").and_then(Value::as_bool).unwrap_or_default();
    if !by_participant || field("before") == "none" && ok == (field("after") == "none") {
        return None;
    }
    let said = if ok { "succeeded" } else { "failed" };
    let observed =
        format!("{} {said} with {} before and {} after it", field("function"), field("before"), field("after"));
    let expected = "no error before a call, and one after it only if it failed".to_owned();
    Some(Mismatch { expected, observed, step: event.during.clone() })
}

pub(super) fn wrong_events(wanted: &EventExpectation, events: &[Event]) -> Option<Mismatch> {
    let chosen: Vec<&Event> = events
        .iter()
        .filter(|event| event.kind == wanted.event)
        .filter(|event| wanted.during.is_none() || event.during == wanted.during)
        .filter(|event| has(event, &wanted.filter))
        .collect();
    let what = described(&wanted.event, &wanted.filter, wanted.during.as_deref());
    let (expected, observed) = match &wanted.tally {
        Tally::Count(count) if chosen.len() as u64 == *count => return None,
        Tally::Count(count) => (format!("{what}: {count} time(s)"), format!("{what}: {} time(s)", chosen.len())),
        Tally::Every(fields) => {
            let other = chosen.iter().find(|event| !has(event, fields));
            if other.is_none() && !chosen.is_empty() {
                return None;
            }
            let observed = other.map_or_else(
                || format!("{what}: never"),
                |event| {
                    let shown = wanted.filter.keys().chain(fields.keys());
                    let fields = shown.map(|key| (key.clone(), event.fields.get(key).cloned().unwrap_or_default()));
                    described(&wanted.event, &fields.collect(), event.during.as_deref())
                },
            );
            (format!("every {}", described(&what, fields, None)), observed)
        }
    };
    Some(Mismatch { expected, observed, step: wanted.during.clone() })
}

/// True if each field is as asked: the value, or with `{not: value}` any other.
fn has(event: &Event, fields: &BTreeMap<String, Value>) -> bool {
    fields.iter().all(|(key, wanted)| {
        event.fields.get(key).is_some_and(|seen| match unwanted(wanted) {
            Some(unwanted) => !same(seen, unwanted),
            None => same(seen, wanted),
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(before: &str, ok: bool) -> Event {
        let fields = json!({ "before": before, "ok": ok });
        let fields = fields.as_object().cloned().unwrap_or_default();
        Event { kind: "call".to_owned(), fields, during: Some("take".to_owned()) }
    }

    fn fields(value: &Value) -> BTreeMap<String, Value> {
        value.as_object().cloned().unwrap_or_default().into_iter().collect()
    }

    fn tallied(filter: &Value, tally: Tally, events: &[Event]) -> Option<String> {
        let wanted = EventExpectation { event: "call".to_owned(), filter: fields(filter), during: None, tally };
        wrong_events(&wanted, events).map(|mismatch| mismatch.observed)
    }

    #[test]
    fn a_call_that_lies_about_its_error_is_a_finding() {
        let wrong = |before: &str, after: &str, ok: bool| {
            let mut event = call(before, ok);
            event.fields.insert("side".to_owned(), json!("consumer"));
            event.fields.insert("after".to_owned(), json!(after));
            wrong_call(&event).is_some()
        };
        assert!(!wrong("none", "none", true) && !wrong("none", "ValueError", false));
        assert!(wrong("none", "none", false) && wrong("none", "ValueError", true));
        assert!(wrong("KeyError", "none", true) && wrong("KeyError", "KeyError", true));
    }

    #[test]
    fn every_event_has_the_fields() {
        let every = || Tally::Every(fields(&json!({ "before": "none" })));
        assert_eq!(tallied(&json!({}), every(), &[call("none", true), call("none", false)]), None);
        let one_differs = tallied(&json!({ "ok": true }), every(), &[call("none", true), call("KeyError", true)]);
        assert_eq!(one_differs.as_deref(), Some("call with before KeyError, ok true during take"));
    }

    #[test]
    fn what_never_happened_says_nothing() {
        let every = Tally::Every(fields(&json!({ "before": "none" })));
        assert_eq!(
            tallied(&json!({ "ok": false }), every, &[call("none", true)]).as_deref(),
            Some("call with ok false: never")
        );
    }

    #[test]
    fn a_field_may_be_anything_but_a_value() {
        let filter = json!({ "before": { "not": "none" } });
        assert_eq!(tallied(&filter, Tally::Count(1), &[call("none", true), call("KeyError", true)]), None);
        assert_eq!(
            tallied(&filter, Tally::Count(0), &[call("KeyError", true)]).as_deref(),
            Some("call with before not none: 1 time(s)")
        );
    }
}
