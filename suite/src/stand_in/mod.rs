//! Decides what a table of another age looks like, and what a consumer's declared policy makes of it; pure.

mod ages;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::embedded::hex;
use crate::model::Acceptance;
use crate::table::{Policy, Shape};

/// A table as a consumer may meet it, compared with the one it was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// The very version.
    Same,
    /// One version earlier; of two parts the minor one.
    Older,
    /// One version earlier than any that is accepted.
    TooOld,
    /// One major version earlier.
    OlderMajor,
    /// One version later; of two parts the minor one.
    Newer,
    /// One version later than any that is accepted.
    TooNew,
    /// One major version later.
    NewerMajor,
    /// Version zero.
    Zero,
    /// Nothing but zeros.
    Zeroed,
    /// Nothing but one odd byte.
    Garbage,
    /// A refused version, and nothing behind the fields that say so.
    Truncated,
    /// The very version, but the size says that fields are missing, and they are.
    Short,
    /// Required functions are NULL.
    NullSlot,
    /// Optional fields are NULL.
    NullTail,
    /// The latest version that is accepted, with fields that nobody knows yet.
    Longer,
    /// A later major version that leads to the very version.
    ChainToCurrent,
    /// A later major version that leads to one that is refused as well, and no further.
    ChainToOlder,
}

/// A table that takes the place of a producer's.
#[derive(Debug, Clone, PartialEq)]
pub struct StandIn {
    /// What the consumer's policy makes of it.
    pub outcome: Acceptance,
    /// How many bytes it has.
    pub size: usize,
    /// The version or the name that the consumer wants, in the pieces that a message mentions.
    pub expected: Vec<String>,
    /// The same of this table.
    pub found: Vec<String>,
    /// How the worker makes it.
    pub recipe: Value,
}

impl StandIn {
    /// What `{table.…}` stands for.
    pub fn fill(&self, scope: &mut BTreeMap<String, Value>) {
        scope.insert("table.stand_in".to_owned(), self.recipe.clone());
        scope.insert("table.size".to_owned(), Value::from(self.size));
        scope.insert("table.expected".to_owned(), Value::from(self.expected.clone()));
        scope.insert("table.found".to_owned(), Value::from(self.found.clone()));
    }
}

/// What `{declared.…}` stands for: a producer's table, and, if it has one, where its version is and what it must be.
///
/// # Errors
///
/// Why the version cannot be told in one piece.
pub fn declared(shape: &Shape, scope: &mut BTreeMap<String, Value>) -> Result<(), String> {
    scope.insert("declared.size".to_owned(), Value::from(shape.layout.size));
    let Some(fields) = shape.current().ok().and_then(|current| shape.version_bytes(current)) else {
        return Ok(());
    };
    let begin = fields.iter().map(|(offset, _)| *offset).min().unwrap_or_default();
    let mut version = Vec::new();
    for (offset, field) in fields {
        if offset != begin + version.len() {
            return Err("the parts of the version do not stand side by side".to_owned());
        }
        version.extend(field);
    }
    scope.insert("declared.version_offset".to_owned(), Value::from(begin));
    scope.insert("declared.version_size".to_owned(), Value::from(version.len()));
    scope.insert("declared.version".to_owned(), json!({ "hex": hex(&version) }));
    Ok(())
}

/// What `{declared.slots}` stands for: the offsets at which a producer's table must not hold NULL.
///
/// # Errors
///
/// There are none.
pub fn required_slots(shape: &Shape, scope: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let size = shape.current.as_ref().map_or(shape.layout.size, |current| shape.size_at(current));
    let required = shape.layout.fields.iter().filter(|it| shape.is_required(it) && it.end() <= size);
    let slots: Vec<usize> = required.map(|it| it.offset).collect();
    if slots.is_empty() {
        return Err("every slot of this table may be NULL".to_owned());
    }
    scope.insert("declared.size".to_owned(), Value::from(size));
    scope.insert("declared.slots".to_owned(), Value::from(slots));
    Ok(())
}

const ODD: u8 = 0xdb;
const TAIL: usize = 16;
/// The probe has this many functions that nobody may call.
const TRAPS: usize = 8;

/// The stand-in of this age for a consumer that declared `shape` and takes a capsule of this name.
///
/// # Errors
///
/// Why there is none: the declaration cannot express the age, or the policy cannot tell it from another.
pub fn stand_in(shape: &Shape, name: Option<&str>, age: Age) -> Result<StandIn, String> {
    match age {
        Age::Same => shape.accepted(shape.current.as_ref()),
        Age::NullSlot => shape.null_slots(),
        Age::NullTail => shape.null_tail(),
        Age::Zeroed => shape.zeroed(),
        _ if shape.policy == Some(Policy::Name) => shape.renamed(name.unwrap_or_default(), age),
        Age::Older => shape.of_version(&shape.current()?.earlier()?),
        Age::OlderMajor => shape.of_version(&shape.major_step(-1)?),
        Age::Newer => shape.of_version(&shape.current()?.later()),
        Age::NewerMajor => shape.of_version(&shape.major_step(1)?),
        Age::TooOld => shape.beyond_the_oldest(),
        Age::TooNew => shape.beyond_the_newest(),
        Age::Zero => shape.zero(),
        Age::Garbage => shape.garbage(),
        Age::Truncated => shape.truncated(),
        Age::Short => shape.short(),
        Age::Longer => shape.longer(),
        Age::ChainToCurrent => shape.chain_to_current(),
        Age::ChainToOlder => shape.chain_to_older(),
    }
}

fn bytes(offset: usize, bytes: &[u8]) -> Value {
    json!({ "offset": offset, "hex": hex(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(text: &str) -> Result<Value, String> {
        let shape = crate::table::shape(&toml::from_str(text).expect("a table"))?;
        let mut scope = BTreeMap::new();
        required_slots(&shape, &mut scope)?;
        Ok(scope.remove("declared.slots").unwrap_or_default())
    }

    #[test]
    fn slots_that_may_be_null_or_come_later_are_not_required() {
        let text = "layout = ['u32 v', 'ptr sin', 'ptr cos?', 'ptr tan']\nversion = 'v'\nsince = { tan = 3 }";
        assert_eq!(slots(&format!("{text}\ncurrent = 3")), Ok(json!([8, 24])));
        assert_eq!(slots(&format!("{text}\ncurrent = 2")), Ok(json!([8])));
        assert!(slots("layout = ['ptr sin?', 'i32 v']").is_err());
    }
}
