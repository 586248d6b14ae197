//! Tells what happened in a pairing in order, the same in two equal runs: addresses are numbered as they come.

use serde_json::Value;

use crate::judge;
use crate::model::{Moment, Observation, StepEnd, Turn};

/// As many moments are kept from the beginning, and as many from the end.
const KEPT: usize = 100;

/// As many letters of a moment are kept.
const LONGEST: usize = 400;

/// The steps and events of one run.
pub(super) fn of(seen: &Observation) -> Vec<Moment> {
    let mut addresses: Vec<u64> = Vec::new();
    let mut numbered = |address: u64| {
        let known = addresses.iter().position(|it| *it == address);
        let index = known.unwrap_or_else(|| {
            addresses.push(address);
            addresses.len() - 1
        });
        format!("@{}", index + 1)
    };
    let told = seen.order.iter().filter_map(|turn| moment(seen, *turn, &mut numbered));
    shortened(told.collect())
}

fn moment(seen: &Observation, turn: Turn, numbered: &mut dyn FnMut(u64) -> String) -> Option<Moment> {
    let (step, what, text) = match turn {
        Turn::Begun(index) => (Some(seen.steps.get(index)?.label.clone()), "begins", String::new()),
        Turn::Ended(index) => {
            let fact = seen.steps.get(index)?;
            let (what, text) = match &fact.end {
                StepEnd::Returned(value) => ("returned", judge::shown_with(value, numbered)),
                StepEnd::Raised(raised) => ("raised", judge::exception(raised)),
                StepEnd::Skipped(reason) => ("skipped", reason.clone()),
                StepEnd::Interrupted => return None,
            };
            (Some(fact.label.clone()), what, text)
        }
        Turn::Event(index) => {
            let event = seen.events.get(index)?;
            let field = |(key, value): (&String, &Value)| match value {
                Value::String(digits) if key == "name" => format!("{key} {}", judge::bytes(digits)),
                Value::String(text) => match address(text) {
                    Some(address) => format!("{key} {}", numbered(address)),
                    None => format!("{key} {text}"),
                },
                value => format!("{key} {}", judge::shown_with(value, numbered)),
            };
            let fields: Vec<String> = event.fields.iter().map(field).collect();
            (event.during.clone(), event.kind.as_str(), fields.join(", "))
        }
    };
    Some(Moment { step, what: what.to_owned(), text: cut(text) })
}

/// What the instrument writes as an address; a small one is a number that somebody chose.
fn address(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok().filter(|it| *it > 0xffff)
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn shortened(mut moments: Vec<Moment>) -> Vec<Moment> {
    if moments.len() > 2 * KEPT {
        let left_out = moments.len() - 2 * KEPT;
        let gap = Moment { step: None, what: "left out".to_owned(), text: format!("{left_out} moments") };
        moments.splice(KEPT..KEPT + left_out, [gap]);
    }
    moments
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::model::{Event, Raised, StepFact};

    fn event(kind: &str, fields: &Value) -> Event {
        let fields = fields.as_object().cloned().unwrap_or_else(Map::new);
        Event { kind: kind.to_owned(), fields, during: Some("make".to_owned()) }
    }

    fn seen() -> Observation {
        let raised = Raised { r#type: "ValueError".to_owned(), message: "no".to_owned(), ..Raised::default() };
        let step = |label: &str, end| StepFact { label: label.to_owned(), end };
        Observation {
            steps: vec![
                step("make", StepEnd::Returned(json!([0x7f00_0000_1000_u64, 1]))),
                step("take", StepEnd::Raised(raised)),
                step("use", StepEnd::Interrupted),
            ],
            events: vec![event("call", &json!({"function": "PyCapsule_New", "pointer": 0x7f00_0000_2000_u64}))],
            order: vec![Turn::Begun(0), Turn::Event(0), Turn::Ended(0), Turn::Begun(1), Turn::Ended(1), Turn::Begun(2)],
            ..Observation::default()
        }
    }

    #[test]
    fn steps_and_events_come_in_their_order_without_addresses() {
        let told: Vec<String> =
            of(&seen()).into_iter().map(|it| format!("{:?} {} {}", it.step, it.what, it.text)).collect();
        assert_eq!(
            told,
            [
                "Some(\"make\") begins ",
                "Some(\"make\") call function PyCapsule_New, pointer @1",
                "Some(\"make\") returned [@2, 1]",
                "Some(\"take\") begins ",
                "Some(\"take\") raised ValueError: no",
                "Some(\"use\") begins ",
            ]
        );
    }

    #[test]
    fn what_is_the_same_address_has_the_same_number() {
        let mut seen = seen();
        seen.steps[0].end = StepEnd::Returned(json!(0x7f00_0000_2000_u64));
        assert_eq!(of(&seen)[2].text, "@1");
    }

    #[test]
    fn addresses_of_the_instrument_are_numbered_too_and_names_are_read() {
        let mut seen = seen();
        let fields = json!({"name": "6d796462", "pointer": "0x7f0000001000", "context": "0x0", "leave": "none"});
        seen.events = vec![event("destroyed", &fields)];
        seen.order = vec![Turn::Ended(0), Turn::Event(0)];
        assert_eq!(of(&seen)[1].text, "name \"mydb\", pointer @1, context 0x0, leave none");
    }

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let mut seen = seen();
        seen.order = vec![Turn::Event(0); 1000];
        seen.order.push(Turn::Ended(1));
        let told = of(&seen);
        assert_eq!((told.len(), told[KEPT].text.as_str()), (2 * KEPT + 1, "801 moments"));
        assert_eq!(told.last().map(|it| it.what.as_str()), Some("raised"));
        assert_eq!(cut("ä".repeat(500)).chars().count(), LONGEST + 1);
    }
}
