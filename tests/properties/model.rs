//! Foretells what the capsule API must do with a sequence of calls: a small model of it, and nothing but a function.
//!
//! The model keeps what a capsule keeps (pointer, name, context, destructor), who holds it, and what its payload went
//! through. A call that would be a mistake of the caller, such as going through a pointer that was freed, is left out.

mod holding;
mod looking;
mod making;
mod taking;

use std::collections::BTreeSet;

use capsule_conformance::model::{Actor, Phase, Step};
use serde_json::{Map, Value, json};

use crate::calls::{Asked, Call, Kind, NAMES, Target, What};

/// What a consumer calls a capsule that it consumed.
const USED: &[u8] = b"used";

/// Who makes the capsules, and what the bindings cannot say.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    /// The producer, not the probe, makes them.
    pub produced: bool,
    /// What the producer or the consumer lacks.
    pub lacks: BTreeSet<String>,
    /// Takes the NULL name for the empty one: wrong on purpose, to see that a wrong model is noticed.
    pub null_is_empty: bool,
}

/// How a step must end.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    Returns(Value),
    /// This item of a list.
    Item(usize, Value),
    /// With a value that cannot be foretold.
    Completes,
    Raises {
        class: &'static str,
        cause: Option<&'static str>,
    },
}

/// An event with these fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    pub event: &'static str,
    pub fields: Map<String, Value>,
}

/// A step, how it must end, and what must happen meanwhile.
#[derive(Debug, Clone)]
pub struct Line {
    pub step: Step,
    pub end: End,
    pub events: Vec<Foretold>,
}

/// What the collector does between two lines, both included: it may run whenever it likes.
#[derive(Debug, Clone)]
pub struct Late {
    pub first: usize,
    pub last: usize,
    pub events: Vec<Foretold>,
}

/// A sequence as steps, with everything that must come of them.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub lines: Vec<Line>,
    pub late: Vec<Late>,
}

type Name = Option<&'static [u8]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destructor {
    None,
    Record,
    Other,
    Producers,
}

#[derive(Debug, Clone)]
struct Capsule {
    /// How steps refer to it.
    reference: Value,
    labelled: bool,
    published: bool,
    takers: usize,
    in_cycle: bool,
    /// The line from which on only its cycle holds it.
    lost: Option<usize>,
    dead: bool,
    pointer: u64,
    name: Name,
    context: u64,
    destructor: Destructor,
    /// What the producer remembers of it.
    agreed: Name,
    renamed: bool,
    payload: usize,
    consumed: bool,
}

#[derive(Debug, Clone)]
struct Payload {
    kind: Kind,
    alive: bool,
    /// A batch whose callback is still set in the capsule.
    here: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Taken,
    Consumed,
    Moved,
}

#[derive(Debug, Clone)]
struct Taken {
    label: String,
    how: How,
    capsule: usize,
    payload: usize,
    released: bool,
    forgotten: bool,
}

/// Turns a sequence into steps; their labels begin with `prefix`.
pub fn foretell(calls: &[Call], cast: &Cast, prefix: &str) -> Script {
    let mut model = Model {
        cast,
        prefix,
        script: Script::default(),
        capsules: Vec::new(),
        payloads: Vec::new(),
        taken: Vec::new(),
        has_shop: false,
        pending: None,
        elsewhere: false,
    };
    for call in calls {
        model.pending = call.pending;
        model.elsewhere = call.elsewhere;
        model.perform(&call.what);
    }
    model.close();
    model.script
}

struct Model<'a> {
    cast: &'a Cast,
    prefix: &'a str,
    script: Script,
    capsules: Vec<Capsule>,
    payloads: Vec<Payload>,
    taken: Vec<Taken>,
    has_shop: bool,
    pending: Option<&'static str>,
    elsewhere: bool,
}

impl Model<'_> {
    fn perform(&mut self, what: &What) {
        match *what {
            What::Make { kind, pointer, name, destructor } if self.cast.produced => {
                let _ = pointer;
                self.make(kind, NAMES[name], destructor > 0);
            }
            What::Make { pointer, name, destructor, .. } => self.make_raw(pointer, NAMES[name], destructor),
            What::SetName(target, name) => self.set_name(target, NAMES[name]),
            What::SetPointer(target, pointer) => self.set_pointer(target, pointer),
            What::SetContext(target, context) => self.set_context(target, context),
            What::SetDestructor(target, which) => self.set_destructor(target, which),
            What::GetPointer(..) | What::GetName(_) | What::GetContext(_) | What::GetDestructor(_) => self.get(what),
            What::IsValid(..) | What::CheckExact(_) => self.check(what),
            What::Publish(index) => self.publish(index),
            What::Import(path) => self.import(path),
            What::Drop(index) => self.drop_label(index),
            What::Cycle(index) => self.cycle(index),
            What::Collect => self.collect(),
            What::Take(index, asked) => self.take(index, asked),
            What::TakeImported(path) => self.take_imported(path),
            What::Consume(index, asked) => self.consume(index, asked),
            What::Move(index, asked) => self.move_out(index, asked),
            What::Use(index) => self.use_taken(index),
            What::Release(index) => self.release(index),
            What::Forget(index) => self.forget(index),
        }
    }

    /// Gives everything up, so that nothing of this sequence happens during the next.
    fn close(&mut self) {
        (self.pending, self.elsewhere) = (None, false);
        while self.taken.iter().any(|it| !it.forgotten) {
            self.forget(0);
        }
        while self.capsules.iter().any(|it| it.labelled) {
            self.drop_label(0);
        }
        if self.capsules.iter().any(|it| it.published) {
            self.put(&json!(0));
            self.unpublish();
        }
        if self.capsules.iter().any(|it| it.in_cycle) {
            self.collect();
        }
    }

    /// Writes a step down and returns its label.
    fn say(&mut self, by: Option<Actor>, verb: &str, args: &Value, end: End) -> String {
        let label = format!("{}{verb}_{}", self.prefix, self.script.lines.len() + 1);
        let args = args.as_object().cloned().unwrap_or_default();
        let thread = self.elsewhere.then(|| "other".to_owned());
        let step = Step {
            label: label.clone(),
            verb: verb.to_owned(),
            by,
            args,
            phase: Phase::Use,
            thread,
            handling: None,
            condition: None,
            unless: None,
        };
        self.script.lines.push(Line { step, end, events: Vec::new() });
        label
    }

    /// A raw call, with what it returns and, if something was pending, with what is pending afterwards.
    fn probe(&mut self, verb: &str, mut args: Value, outcome: Result<Value, &'static str>, nothing: &Value) -> String {
        let end = match (self.pending, outcome) {
            (None, Ok(value)) => End::Returns(value),
            (None, Err(class)) => End::Raises { class, cause: None },
            (Some(pending), Ok(value)) => End::Returns(json!({ "result": value, "after": pending })),
            (Some(_), Err(class)) => End::Returns(json!({ "result": nothing, "after": class })),
        };
        if let Some(pending) = self.pending {
            args["pending"] = json!(pending);
        }
        self.say(Some(Actor::Probe), verb, &args, end)
    }

    fn now(&self) -> usize {
        self.script.lines.len() - 1
    }

    fn happens(&mut self, events: Vec<Foretold>) {
        let line = self.now();
        self.script.lines[line].events.extend(events);
    }

    fn labelled(&self, index: usize) -> Option<usize> {
        let there: Vec<usize> = (0..self.capsules.len()).filter(|it| self.capsules[*it].labelled).collect();
        nth_newest(&there, index)
    }

    /// The argument of a call, and the capsule if it is one; None if there is nothing to call it on.
    fn target(&self, target: Target) -> Option<(Value, Option<usize>)> {
        Some(match target {
            Target::Capsule(index) => {
                let capsule = self.labelled(index)?;
                (self.capsules[capsule].reference.clone(), Some(capsule))
            }
            Target::Null => (json!({ "object": "NULL" }), None),
            Target::Stranger => (json!(7), None),
        })
    }

    fn same(&self, a: Name, b: Name) -> bool {
        if self.cast.null_is_empty { a.unwrap_or_default() == b.unwrap_or_default() } else { a == b }
    }

    fn bears(&self, capsule: Option<usize>, name: Name) -> bool {
        capsule.is_some_and(|it| self.same(self.capsules[it].name, name))
    }

    fn asked(&self, capsule: Option<usize>, asked: Asked) -> Name {
        match asked {
            Asked::Right => capsule.and_then(|it| self.capsules[it].name),
            Asked::Other(name) => NAMES[name],
        }
    }

    /// What a consumer asks for: never what a consumed capsule is called.
    fn wanted(&self, capsule: usize, asked: Asked) -> Name {
        let it = &self.capsules[capsule];
        if it.consumed { NAMES[2] } else { self.asked(Some(capsule), asked) }
    }

    fn lacks(&self, word: &str) -> bool {
        self.cast.lacks.contains(word)
    }

    fn cannot_say(&self, name: Name) -> bool {
        name.is_none() && self.lacks("unnamed")
    }
}

/// Counted from the newest, so that a call keeps its meaning when others before it are left out.
fn nth_newest(there: &[usize], index: usize) -> Option<usize> {
    let back = index.min(there.len().saturating_sub(1)) + 1;
    there.len().checked_sub(back).map(|index| there[index])
}

fn freed(what: &str) -> Foretold {
    let fields = json!({ "what": what, "times": 1 });
    Foretold { event: "freed", fields: fields.as_object().cloned().unwrap_or_default() }
}

fn destructors(which: usize) -> (&'static str, Destructor) {
    [("none", Destructor::None), ("record", Destructor::Record), ("other", Destructor::Other)][which]
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Function => "function",
        Kind::Table => "table",
        Kind::Handle => "handle",
        Kind::Batch => "batch",
        Kind::Opaque => "opaque",
    }
}

/// A name as an argument.
fn name_value(name: Name) -> Value {
    match name.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
        None => json!({ "null": true }),
        Some((Ok(text), _)) => json!({ "text": text }),
        Some((Err(_), bytes)) => json!({ "hex": capsule_conformance::embedded::hex(bytes) }),
    }
}

/// A name as a result.
fn bytes_value(name: Name) -> Value {
    name.map_or(Value::Null, |bytes| json!({ "hex": capsule_conformance::embedded::hex(bytes) }))
}
