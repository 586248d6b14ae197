//! Expectations and observations in words, the same in every run: no addresses.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Outcome, Raised};

/// An exception in words.
pub(crate) fn exception(raised: &Raised) -> String {
    if raised.message.is_empty() { raised.r#type.clone() } else { format!("{}: {}", raised.r#type, raised.message) }
}

/// The expectation in words.
pub(super) fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Raises(raises) => {
            let mut text = match raises.classes.as_slice() {
                [one] if one == "Exception" => "any Exception".to_owned(),
                classes => classes.join(" or "),
            };
            if !raises.never.is_empty() {
                text.push_str(&format!(" except {}", raises.never.join(", ")));
            }
            for (what, class) in [("cause", &raises.cause), ("context", &raises.context)] {
                match class.as_deref() {
                    None => {}
                    Some("none") => text.push_str(&format!(" without a {what}")),
                    Some(class) => text.push_str(&format!(" with {class} as its {what}")),
                }
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
        Outcome::AtMost(limit) => format!("returns at most {limit}"),
        Outcome::SameAs(label) => format!("returns the same as {label}"),
        Outcome::DiffersFrom(label) => format!("returns something else than {label}"),
        Outcome::Completes => "completes".to_owned(),
        Outcome::Anything => "returns or raises".to_owned(),
        Outcome::OrRaises(outcome, raises) => {
            format!("{}, or raises {}", describe(outcome), describe(&Outcome::Raises(raises.clone())))
        }
    }
}

/// A value for people: no addresses, which differ between runs.
pub(super) fn shown(value: &Value) -> String {
    shown_with(value, &mut |_| "an address".to_owned())
}

/// A value for people, with something else for each address.
pub(crate) fn shown_with(value: &Value, address: &mut dyn FnMut(u64) -> String) -> String {
    match value {
        Value::Number(number) => match number.as_u64().filter(|it| *it > 0xffff) {
            Some(number) => address(number),
            None => value.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shown_with(item, address)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) if table.len() == 1 => match table.iter().next() {
            Some((key, item)) if key == "type" => format!("a {}", plain(item)),
            Some((key, item)) if key == "hex" => format!("the bytes {}", bytes(&plain(item))),
            Some((key, item)) if !item.is_string() => format!("{{{key}: {}}}", shown_with(item, address)),
            _ => value.to_string(),
        },
        Value::Object(table) => {
            let items: Vec<String> =
                table.iter().map(|(key, item)| format!("{key}: {}", shown_with(item, address))).collect();
            format!("{{{}}}", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Bytes written in hexadecimal as people read them: text in quotes where it is plain, else the digits.
pub(crate) fn bytes(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2).map(|pair| {
        let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())?;
        Some(char::from(byte)).filter(|letter| letter.is_ascii_graphic() || *letter == ' ')
    });
    match pairs.collect::<Option<String>>() {
        Some(text) if text.len() <= 100 => format!("\"{text}\""),
        _ => hex.to_owned(),
    }
}

pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Events in words: their kind, their fields, and the step during which they happen.
pub(super) fn described(event: &str, fields: &BTreeMap<String, Value>, during: Option<&str>) -> String {
    let field = |(key, value): (&String, &Value)| match unwanted(value) {
        Some(unwanted) => format!("{key} not {}", plain(unwanted)),
        None => format!("{key} {}", plain(value)),
    };
    let with = fields.iter().map(field).collect::<Vec<_>>().join(", ");
    let with = if with.is_empty() { with } else { format!(" with {with}") };
    let during = during.map(|label| format!(" during {label}")).unwrap_or_default();
    format!("{event}{with}{during}")
}

pub(super) fn unwanted(wanted: &Value) -> Option<&Value> {
    wanted.as_object().filter(|table| table.len() == 1).and_then(|table| table.get("not"))
}
